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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_or_between_the_two_in_the_middle() {
        assert_eq!(Summary::of([3.0, 1.0, 10.0]), Some(Summary { median: 3.0, min: 1.0, max: 10.0 }));
        assert_eq!(Summary::of([4.0, 1.0, 3.0, 10.0]), Some(Summary { median: 3.5, min: 1.0, max: 10.0 }));
        assert_eq!(Summary::of([]), None);
    }
}
