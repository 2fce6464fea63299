//! Median and spread.

use serde::Serialize;

/// What a series of figures comes to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Summary {
    /// Of these figures; `None` if there are none.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let half = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[half - 1], sorted[half])
        } else {
            sorted[half]
        };
        Some(Self { median, min, max })
    }
}

/// The figure that this share of all is at or below; `None` if there are none. Sorts them.
pub fn quantile(figures: &mut [f64], share: f64) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let rank = (share * figures.len() as f64).ceil() as usize;
    figures.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_figure_that_occurred() {
        let mut figures: Vec<f64> = (1..=1000).rev().map(f64::from).collect();
        assert_eq!([0.0, 0.5, 0.99, 0.999, 1.0].map(|share| quantile(&mut figures, share)), {
            [1.0, 500.0, 990.0, 999.0, 1000.0].map(Some)
        });
        assert_eq!(quantile(&mut [], 0.5), None);
    }

    #[test]
    fn the_median_is_the_middle_one_or_between_the_two_in_the_middle() {
        assert_eq!(Summary::of([3.0, 1.0, 10.0]), Some(Summary { median: 3.0, min: 1.0, max: 10.0 }));
        assert_eq!(Summary::of([4.0, 1.0, 3.0, 10.0]), Some(Summary { median: 3.5, min: 1.0, max: 10.0 }));
        assert_eq!(Summary::of([]), None);
    }
}
