//! How high everything stands.

use super::Sizes;
use super::layers::Columns;

const ROUNDS: usize = 16;
/// Two bends beside each other need less room than two boxes.
const BEND: f64 = 18.0;
/// How much straighter the line of a long link is to be than that of a short one.
const STRAIGHT: f64 = 6.0;

/// The height of the centre of each actor and bend; the first box stands at the margin.
///
/// Each column in turn is moved towards its neighbours as far as the order and the distances allow: the sum of the squares of
/// what is left is the least there is. There and back, in rounds.
pub(super) fn heights(columns: &Columns, sizes: &Sizes) -> Vec<f64> {
    let mut centre = vec![0.0; columns.rank.len()];
    for column in &columns.columns {
        let offsets = offsets(columns, column, sizes);
        let middle = offsets.last().copied().unwrap_or_default() / 2.0;
        column.iter().zip(&offsets).for_each(|(&number, offset)| centre[number] = offset - middle);
    }
    let count = columns.columns.len();
    for round in 0..ROUNDS {
        for step in 0..count {
            let column = &columns.columns[if round % 2 == 0 { step } else { count - 1 - step }];
            // The last rounds look at both sides, so that one with many readers stands in their middle.
            let sides: &[&Vec<Vec<usize>>] = match round {
                round if round + 4 >= ROUNDS => &[&columns.before, &columns.behind],
                round if round % 2 == 0 => &[&columns.before],
                _ => &[&columns.behind],
            };
            let wishes = column.iter().map(|&number| wish(columns, number, sides, &centre)).collect();
            let placed = place(wishes, &offsets(columns, column, sizes));
            column.iter().zip(placed).for_each(|(&number, height)| centre[number] = height);
        }
    }
    let is_actor = |number: usize| !columns.is_bend(number);
    let half = |number| if is_actor(number) { sizes.height / 2.0 } else { BEND / 2.0 };
    let tops = centre.iter().enumerate().map(|(number, centre)| centre - half(number));
    let top = tops.min_by(f64::total_cmp).unwrap_or_default();
    centre.iter().map(|centre| (centre - top + sizes.margin).round()).collect()
}

/// Where one wants to stand, and how much: at the mean of its neighbours.
fn wish(columns: &Columns, number: usize, sides: &[&Vec<Vec<usize>>], centre: &[f64]) -> (f64, f64) {
    let (mut sum, mut weight) = (0.0, 0.0);
    for &neighbour in sides.iter().flat_map(|side| &side[number]) {
        let straight = columns.is_bend(number) && columns.is_bend(neighbour);
        let pull = if straight { STRAIGHT } else { 1.0 };
        sum += pull * centre[neighbour];
        weight += pull;
    }
    if weight == 0.0 { (centre[number], 0.1) } else { (sum / weight, weight) }
}

/// How far below the first of its column each one stands at least.
fn offsets(columns: &Columns, column: &[usize], sizes: &Sizes) -> Vec<f64> {
    let half = |number: usize| if columns.is_bend(number) { BEND / 2.0 } else { sizes.height / 2.0 };
    let gap = |one: usize, other: usize| match (columns.is_bend(one), columns.is_bend(other)) {
        (true, true) => 0.0,
        (false, false) => sizes.row_gap,
        _ => sizes.row_gap / 2.0,
    };
    let mut offset = 0.0;
    let steps = column.windows(2).map(|pair| half(pair[0]) + gap(pair[0], pair[1]) + half(pair[1]));
    let mut offsets = vec![0.0; usize::from(!column.is_empty())];
    offsets.extend(steps.map(|step| {
        offset += step;
        offset
    }));
    offsets
}

/// The heights nearest to the wishes that keep the distances: isotonic regression by pooling neighbours whose wishes
/// contradict their order.
fn place(wishes: Vec<(f64, f64)>, offsets: &[f64]) -> Vec<f64> {
    // The sum of the weighed wishes, the weight, and how many are pooled.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for ((wish, weight), offset) in wishes.into_iter().zip(offsets) {
        let mut pool = (weight * (wish - offset), weight, 1);
        while let Some(&(sum, weight, count)) = pools.last()
            && sum / weight > pool.0 / pool.1
        {
            pools.pop();
            pool = (pool.0 + sum, pool.1 + weight, pool.2 + count);
        }
        pools.push(pool);
    }
    let heights = pools.iter().flat_map(|&(sum, weight, count)| std::iter::repeat_n(sum / weight, count));
    heights.zip(offsets).map(|(height, offset)| height + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_that_keep_the_distance_are_granted() {
        assert_eq!(place(vec![(0.0, 1.0), (20.0, 1.0)], &[0.0, 10.0]), [0.0, 20.0]);
    }

    #[test]
    fn those_who_want_the_same_place_share_the_distance() {
        assert_eq!(place(vec![(5.0, 1.0), (5.0, 1.0), (5.0, 1.0)], &[0.0, 10.0, 20.0]), [-5.0, 5.0, 15.0]);
        assert_eq!(place(vec![(0.0, 3.0), (0.0, 1.0)], &[0.0, 8.0]), [-2.0, 6.0]);
    }
}
