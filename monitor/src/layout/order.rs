//! Who stands above whom in a column, so that few lines cross.

use super::layers::Columns;

/// Sweeps over all columns, there and back. More of them seldom find anything better.
const SWEEPS: usize = 12;

/// Sorts each column by the mean place of the neighbours in the one before, then in the one behind, again and again; the best
/// order that was seen stays. Those in the same place keep the order of the topology.
pub(super) fn reduce_crossings(columns: &mut Columns) {
    let mut best = (crossings(columns), columns.columns.clone());
    for sweep in 0..SWEEPS {
        if best.0 == 0 {
            break;
        }
        let count = columns.columns.len();
        let mut place = places(columns);
        let rightwards = sweep % 2 == 0;
        for step in 1..count {
            let column = if rightwards { step } else { count - 1 - step };
            let neighbours = if rightwards { &columns.before } else { &columns.behind };
            let mut sorted = columns.columns[column].clone();
            sorted.sort_by(|&one, &other| {
                let mean = |number: usize| mean(&neighbours[number], &place).unwrap_or(place[number] as f64);
                mean(one).total_cmp(&mean(other))
            });
            for (at, &number) in sorted.iter().enumerate() {
                place[number] = at;
            }
            columns.columns[column] = sorted;
        }
        let count = crossings(columns);
        if count < best.0 {
            best = (count, columns.columns.clone());
        }
    }
    columns.columns = best.1;
}

fn mean(neighbours: &[usize], place: &[usize]) -> Option<f64> {
    let sum: usize = neighbours.iter().map(|&number| place[number]).sum();
    (!neighbours.is_empty()).then(|| sum as f64 / neighbours.len() as f64)
}

fn places(columns: &Columns) -> Vec<usize> {
    let mut place = vec![0; columns.rank.len()];
    for column in &columns.columns {
        for (at, &number) in column.iter().enumerate() {
            place[number] = at;
        }
    }
    place
}

/// How many pairs of lines between neighbouring columns cross: the inversions of their right ends when they are sorted by their
/// left ones, counted with a tree of sums (Barth, Jünger, Mutzel, "Simple and efficient bilayer cross counting", 2002).
fn crossings(columns: &Columns) -> usize {
    let place = places(columns);
    let between = columns.columns.windows(2).map(|pair| {
        let mut sums = Sums(vec![0; pair[1].len() + 1]);
        let mut crossings = 0;
        let mut drawn = 0;
        for &left in &pair[0] {
            let mut ends: Vec<usize> = columns.behind[left].iter().map(|&right| place[right]).collect();
            ends.sort_unstable();
            crossings += ends.iter().map(|&end| drawn - sums.up_to(end)).sum::<usize>();
            drawn += ends.len();
            ends.into_iter().for_each(|end| sums.add(end));
        }
        crossings
    });
    between.sum()
}

/// A Fenwick tree: counts by place, and the sum of those up to a place.
struct Sums(Vec<usize>);

impl Sums {
    fn add(&mut self, place: usize) {
        let mut at = place + 1;
        while at < self.0.len() {
            self.0[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    fn up_to(&self, place: usize) -> usize {
        let (mut at, mut sum) = (place + 1, 0);
        while at > 0 {
            sum += self.0[at];
            at &= at - 1;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Graph, cycles};
    use super::*;

    fn columns(actors: usize, edges: &[(usize, usize)]) -> Columns {
        let feedback = cycles::feedback(actors, edges);
        Columns::of(&Graph { actors, edges: edges.to_vec(), feedback })
    }

    #[test]
    fn each_pair_of_lines_that_cross_counts_once() {
        // 0 and 1 on the left, 2, 3 and 4 on the right.
        assert_eq!(crossings(&columns(5, &[(0, 2), (1, 3), (1, 4)])), 0);
        assert_eq!(crossings(&columns(5, &[(0, 4), (1, 2), (1, 3)])), 2);
        assert_eq!(crossings(&columns(4, &[(0, 2), (0, 3), (1, 2), (1, 3)])), 1);
    }

    #[test]
    fn what_can_be_drawn_without_a_crossing_is() {
        let mut columns = columns(6, &[(0, 5), (1, 4), (2, 3)]);
        assert_eq!(crossings(&columns), 3);
        reduce_crossings(&mut columns);
        assert_eq!(crossings(&columns), 0);
    }

    #[test]
    fn what_does_not_cross_keeps_the_order_of_the_topology() {
        let mut columns = columns(5, &[(0, 1), (0, 2), (0, 3), (0, 4)]);
        reduce_crossings(&mut columns);
        assert_eq!(columns.columns, [vec![0], vec![1, 2, 3, 4]]);
    }
}
