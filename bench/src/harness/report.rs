//! What was measured, ready to be printed or written.

use super::contender::{Class, Contender, Metric, Sample, Scenario};
use super::machine::Machine;
use super::statistics::Summary;
use serde::Serialize;

/// Everything one call of the program measured; serialises to what `--json` prints.
#[derive(Debug, Serialize)]
pub struct Report {
    pub machine: Machine,
    pub rounds: u32,
    pub scenarios: Vec<ScenarioReport>,
}

/// One scenario.
#[derive(Debug, Serialize)]
pub struct ScenarioReport {
    pub name: &'static str,
    pub workload: String,
    pub metrics: Vec<Metric>,
    pub contenders: Vec<ContenderReport>,
    /// The best of the peers with bounded queues, and how many times better Tidegate's best is.
    pub best_bounded_peer: Option<BestPeer>,
}

/// The peer that the targets speak of.
#[derive(Debug, Serialize)]
pub struct BestPeer {
    pub peer: String,
    pub tidegate: String,
    /// How many times better Tidegate is, by the first metric.
    pub times: f64,
}

/// One contender of one scenario.
#[derive(Debug, Serialize)]
pub struct ContenderReport {
    pub name: String,
    pub layout: String,
    pub class: Class,
    pub note: Option<&'static str>,
    pub messages: u64,
    /// In the order of the scenario's metrics.
    pub summaries: Vec<Option<Summary>>,
    /// How many times better the first contender is, by each metric.
    pub times: Vec<Option<f64>>,
    pub samples: Vec<Sample>,
    pub error: Option<String>,
}

impl ContenderReport {
    pub(super) fn new(
        contender: &Contender,
        messages: u64,
        samples: Vec<Sample>,
        error: Option<String>,
        metrics: &[Metric],
    ) -> Self {
        let figures = |metric: usize| samples.iter().filter_map(move |sample| *sample.get(metric)?);
        Self {
            name: contender.name.clone(),
            layout: contender.layout.clone(),
            class: contender.class,
            note: contender.note,
            messages,
            summaries: (0..metrics.len()).map(|metric| Summary::of(figures(metric))).collect(),
            times: vec![None; metrics.len()],
            samples,
            error,
        }
    }

    /// Name and layout.
    pub fn title(&self) -> String {
        if self.layout.is_empty() { self.name.clone() } else { format!("{}, {}", self.name, self.layout) }
    }

    fn median(&self, metric: usize) -> Option<f64> {
        Some(self.summaries.get(metric)?.as_ref()?.median)
    }
}

impl ScenarioReport {
    pub(super) fn new(scenario: &Scenario, mut contenders: Vec<ContenderReport>) -> Self {
        let first = scenario.contenders.first().map(Contender::title);
        let reference = contenders.iter().find(|contender| Some(contender.title()) == first);
        let reference: Vec<Option<f64>> = (0..scenario.metrics.len())
            .map(|metric| reference.and_then(|reference| reference.median(metric)))
            .collect();
        for contender in &mut contenders {
            for (index, metric) in scenario.metrics.iter().enumerate() {
                contender.times[index] = reference[index]
                    .zip(contender.median(index))
                    .and_then(|(ours, theirs)| times_better(*metric, ours, theirs));
            }
        }
        let best_bounded_peer = scenario.metrics.first().and_then(|metric| best_peer(*metric, &contenders));
        Self {
            name: scenario.name,
            workload: scenario.workload.clone(),
            metrics: scenario.metrics.clone(),
            contenders,
            best_bounded_peer,
        }
    }

    /// Whether nobody failed, and somebody ran.
    pub fn is_sound(&self) -> bool {
        !self.contenders.is_empty() && self.contenders.iter().all(|contender| contender.error.is_none())
    }
}

/// How many times better `ours` is than `theirs`; `None` where one of them is zero and the question makes no sense.
fn times_better(metric: Metric, ours: f64, theirs: f64) -> Option<f64> {
    let times = if metric.more_is_better { ours / theirs } else { theirs / ours };
    (times.is_finite() && times > 0.0).then_some(times)
}

fn best_peer(metric: Metric, contenders: &[ContenderReport]) -> Option<BestPeer> {
    let best = |class: Class| {
        let of_class = contenders.iter().filter(|contender| contender.class == class);
        let known = of_class.filter_map(|contender| Some((contender, contender.median(0)?)));
        known.max_by(|(_, a), (_, b)| if metric.more_is_better { a.total_cmp(b) } else { b.total_cmp(a) })
    };
    let ((tidegate, ours), (peer, theirs)) = best(Class::Tidegate).zip(best(Class::Bounded))?;
    let times = times_better(metric, ours, theirs)?;
    Some(BestPeer { peer: peer.title(), tidegate: tidegate.title(), times })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(metric: Metric) -> Scenario {
        let contender = |name: &str, class| Contender::new(name, "", class, |_| Ok(vec![]));
        Scenario {
            name: "test",
            workload: String::new(),
            metrics: vec![metric],
            contenders: vec![
                contender("tidegate", Class::Tidegate),
                contender("slow", Class::Bounded),
                contender("fast", Class::Bounded),
                contender("fastest", Class::Floor),
            ],
            calibrated: false,
            messages: 1,
        }
    }

    fn report(metric: Metric, figures: [f64; 4]) -> ScenarioReport {
        let scenario = scenario(metric);
        let contenders = scenario.contenders.iter().zip(figures).map(|(contender, figure)| {
            ContenderReport::new(contender, 1, vec![vec![Some(figure)]], None, &scenario.metrics)
        });
        ScenarioReport::new(&scenario, contenders.collect())
    }

    #[test]
    fn the_comparison_turns_round_where_less_is_better() {
        let times = |report: ScenarioReport| -> Vec<Option<f64>> {
            report.contenders.iter().map(|contender| contender.times[0]).collect()
        };
        let rate = report(Metric::high("rate", "M/s"), [100.0, 10.0, 20.0, 400.0]);
        assert_eq!(times(rate), [Some(1.0), Some(10.0), Some(5.0), Some(0.25)]);
        let latency = report(Metric::low("p50", "us"), [1.0, 10.0, 0.0, 0.5]);
        assert_eq!(times(latency), [Some(1.0), Some(10.0), None, Some(0.5)]);
    }

    #[test]
    fn the_best_peer_is_a_bounded_one() {
        let rate = report(Metric::high("rate", "M/s"), [100.0, 10.0, 20.0, 400.0]);
        let best = rate.best_bounded_peer.expect("there is one");
        assert_eq!((best.peer.as_str(), best.times), ("fast", 5.0));
    }
}
