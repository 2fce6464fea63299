//! `tidegate simulate`: a topology run over and over in virtual time, each time from another seed.

mod ends;
mod tally;

use crate::args::{self, program};
use crate::diagnostics;
use crate::exit::Exit;
use crate::format::{elapsed, grouped, list};
use crate::load::{kept, shown};
use crate::output::print;
use crate::screen::Screen;
use ends::Ends;
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tally::Tally;
use tidegate::testkit::{Faults, Scene, Simulated, Simulation, SimulationFailure};
use tidegate::topology::Registration;
use tidegate::topology::file::{Loaded, Source};
use tidegate::{Outcome, Registry, Topology, printable};

/// How often the progress is shown.
const REDRAW: Duration = Duration::from_millis(200);

/// What keeps a simulation from going on.
enum Stop {
    /// Something that must not be, to be told, with what to type to see it again.
    Found(String, String),
    /// The topology cannot be loaded any more, which has been told.
    Told(Exit),
}

/// Simulates the file.
pub(crate) fn simulate(arguments: &args::Simulate, registry: &Registry) -> Exit {
    let screen = Screen::new();
    let ends = Ends::listen(&screen);
    let args::Source { file, assignments } = &arguments.source;
    let source = match kept(&screen, file, assignments) {
        Ok(source) => source,
        Err(exit) => return exit,
    };
    let simulator =
        Simulator { arguments, source, registry: registry.for_simulation(), screen: screen.clone() };
    let stand_ins = match simulator.check() {
        Ok(stand_ins) => stand_ins,
        Err(exit) => return exit,
    };
    ends.begin();
    if !arguments.quiet {
        screen.write(&stand_ins);
    }
    let mut tally = Tally::new(arguments.runs);
    let outcome = match simulator.all(&mut tally, &ends) {
        Ok(()) => Exit::Success,
        Err(Stop::Told(exit)) => exit,
        Err(Stop::Found(what, again)) => {
            screen.clear();
            screen.error(&what);
            screen.write(&format!("To see it again: {}\n", printable(&again)));
            Exit::Failure
        }
    };
    screen.clear();
    if tally.is_empty() && outcome != Exit::Success {
        return outcome;
    }
    match print(&screen, &tally.summary()) {
        Exit::Success => outcome,
        exit => exit,
    }
}

struct Simulator<'a> {
    arguments: &'a args::Simulate,
    /// The file as it was at first.
    source: Source,
    registry: Registry,
    screen: Screen,
}

impl Simulator<'_> {
    /// Looks at the file; what there is to say of it if nothing is wrong.
    fn check(&self) -> Result<String, Exit> {
        let file = &self.arguments.source.file;
        let loaded = self.load()?;
        let problems = loaded.diagnose(loaded.topology.check(true));
        if !problems.0.is_empty() {
            diagnostics::show(&self.screen, file, &problems);
        }
        if diagnostics::has_errors(&problems) {
            return Err(Exit::Usage);
        }
        Ok(self.stand_ins(&loaded.topology))
    }

    fn load(&self) -> Result<Loaded, Exit> {
        let loaded = self.source.load(&self.registry);
        loaded.map_err(|diagnostics| shown(&self.screen, &self.arguments.source.file, &diagnostics))
    }

    /// Which actors are not what they are in a run.
    fn stand_ins(&self, topology: &Topology) -> String {
        let is_simulated = |actor: &str| self.registry.find(actor).iter().any(Registration::is_simulated);
        let nodes = topology.nodes().iter().filter(|node| is_simulated(&node.actor));
        let names: Vec<String> = nodes.map(|node| format!("`{}`", node.name)).collect();
        match names.len() {
            0 => String::new(),
            1 => format!("Another actor stands in for {}.\n", names[0]),
            _ => format!("Other actors stand in for {}.\n", list(&names)),
        }
    }

    /// All runs, up to what is found.
    fn all(&self, tally: &mut Tally, ends: &Ends) -> Result<(), Stop> {
        let first = self.arguments.seed;
        // What fails without any fault is no news a thousand times over.
        self.run(first, true)?;
        let mut drawn = Instant::now();
        for run in 0..self.arguments.runs {
            if ends.are_asked_for() {
                break;
            }
            let (simulated, outcome) = self.run(first.wrapping_add(run), false)?;
            tally.add(simulated, outcome);
            if self.screen.is_terminal() && !self.arguments.quiet && drawn.elapsed() >= REDRAW {
                drawn = Instant::now();
                self.screen.draw(vec![tally.progress()]);
            }
        }
        Ok(())
    }

    /// The run of `seed`, how it went and ended; `calm` is without faults and operator.
    fn run(&self, seed: u64, calm: bool) -> Result<(Simulated, Outcome), Stop> {
        let args::Simulate { errors, panics, delays, longest_delay, .. } = self.arguments;
        let faults = Faults::none().errors(*errors).panics(*panics).delays(*delays, *longest_delay);
        let simulation = Simulation::new().seed(seed).runs(1).messages(self.arguments.messages);
        let simulation = simulation.patience(self.arguments.patience);
        let simulation = simulation.faults(if calm { Faults::none() } else { faults });
        let quiet = calm || self.arguments.no_operator;
        let simulation = if quiet { simulation.without_operator() } else { simulation };
        let mut topology = Some(self.load().map_err(Stop::Told)?.topology);
        let ended = Rc::new(Cell::new((Outcome::Completed, None)));
        let simulated = simulation.run(|_| {
            let ended = ended.clone();
            let topology = topology.take().expect("there is one run");
            Scene::new(topology).verify(move |report| {
                ended.set((report.outcome, report.error.clone()));
                Ok(())
            })
        });
        let found = |what: String| Stop::Found(what, self.again(seed, calm));
        let simulated = simulated.map_err(|failure| found(told(&failure)))?;
        let Simulated { errors, panics, delays, operations, .. } = simulated;
        match ended.replace((Outcome::Completed, None)) {
            (_, Some(error)) if errors + panics + delays + operations == 0 => {
                Err(found(format!("seed {seed}: it fails without any fault: {error}")))
            }
            (outcome, _) => Ok((simulated, outcome)),
        }
    }

    /// What to type to run one seed again.
    fn again(&self, seed: u64, calm: bool) -> String {
        let args::Simulate { source, messages, errors, panics, delays, longest_delay, patience, .. } =
            self.arguments;
        let mut line = format!("{} simulate --seed {seed} --runs 1", program());
        for assignment in &source.assignments {
            line += &format!(" --set {}", quoted(assignment));
        }
        line += &format!(" --messages {messages} --patience {}ns", patience.as_nanos());
        let no_operator = if calm || self.arguments.no_operator { " --no-operator" } else { "" };
        line += &match calm {
            true => " --errors 0 --panics 0 --delays 0".into(),
            false => format!(
                " --errors {errors} --panics {panics} --delays {delays} --longest-delay {}ns",
                longest_delay.as_nanos()
            ),
        };
        format!("{line}{no_operator} -- {}", quoted(&source.file.to_string_lossy()))
    }
}

/// What was found, and when, and how everybody stood.
fn told(failure: &SimulationFailure) -> String {
    let SimulationFailure { seed, step, time, what, operations, actors, .. } = failure;
    let time = elapsed(time.as_secs_f64());
    let mut text = format!("seed {seed}, step {}, after {time} of virtual time: {what}", grouped(*step));
    if !operations.is_empty() {
        text += &format!("\n  operator: {}", operations.join(", "));
    }
    actors.iter().fold(text, |text, actor| text + "\n  " + actor)
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_./=,:".contains(char);
    if !text.is_empty() && text.chars().all(plain) {
        return text.into();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
