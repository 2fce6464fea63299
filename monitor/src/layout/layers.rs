//! In which column an actor stands, and the bends of links that pass columns.

use super::Graph;

/// The most bends of all links. A link through a thousand columns has a thousand; with more of them than anybody could look
/// at, the links that are left are drawn straight, whatever they pass.
const MOST_BENDS: usize = 20_000;

/// The columns from left to right. What stands in them is an actor, by its number, or a bend; bends have the numbers after
/// those of the actors.
pub(super) struct Columns {
    /// What stands in each, from top to bottom.
    pub(super) columns: Vec<Vec<usize>>,
    /// Of each actor and bend, its column.
    pub(super) rank: Vec<usize>,
    /// Of each, its neighbours in the column before.
    pub(super) before: Vec<Vec<usize>>,
    /// Of each, its neighbours in the column behind.
    pub(super) behind: Vec<Vec<usize>>,
    /// Of each edge, its bends; none of one that leads back, nor where there are too many.
    pub(super) bends: Vec<Vec<usize>>,
    /// How many of the numbers are actors.
    pub(super) actors: usize,
}

impl Columns {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut rank = ranks(graph);
        let mut bends = vec![Vec::new(); graph.edges.len()];
        let mut pieces = Vec::new();
        let mut left = MOST_BENDS;
        for (edge, from, to) in forward(graph) {
            let Some(rest) = left.checked_sub(rank[to] - rank[from] - 1) else { continue };
            left = rest;
            let mut last = from;
            for column in rank[from] + 1..rank[to] {
                let bend = rank.len();
                rank.push(column);
                bends[edge].push(bend);
                pieces.push((last, bend));
                last = bend;
            }
            pieces.push((last, to));
        }
        let mut before = vec![Vec::new(); rank.len()];
        let mut behind = vec![Vec::new(); rank.len()];
        for (one, other) in pieces {
            behind[one].push(other);
            before[other].push(one);
        }
        let count = rank.iter().max().map_or(0, |last| last + 1);
        let mut columns = vec![Vec::new(); count];
        for (number, &column) in rank.iter().enumerate() {
            columns[column].push(number);
        }
        Self { columns, rank, before, behind, bends, actors: graph.actors }
    }

    pub(super) fn is_bend(&self, number: usize) -> bool {
        number >= self.actors
    }
}

fn forward(graph: &Graph) -> impl Iterator<Item = (usize, usize, usize)> {
    let edges = graph.edges.iter().enumerate();
    edges.filter(|(edge, _)| !graph.feedback[*edge]).map(|(edge, &(from, to))| (edge, from, to))
}

/// The length of the longest path to each actor; one that nobody feeds stands right before those it feeds.
fn ranks(graph: &Graph) -> Vec<usize> {
    let mut outgoing = vec![Vec::new(); graph.actors];
    let mut open = vec![0usize; graph.actors];
    for (_, from, to) in forward(graph) {
        outgoing[from].push(to);
        open[to] += 1;
    }
    let sources: Vec<usize> = (0..graph.actors).filter(|&actor| open[actor] == 0).collect();
    let mut rank = vec![0; graph.actors];
    let mut next = sources.clone();
    while let Some(actor) = next.pop() {
        for &to in &outgoing[actor] {
            rank[to] = rank[to].max(rank[actor] + 1);
            open[to] -= 1;
            if open[to] == 0 {
                next.push(to);
            }
        }
    }
    for source in sources {
        if let Some(nearest) = outgoing[source].iter().map(|&to| rank[to]).min() {
            rank[source] = nearest - 1;
        }
    }
    rank
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(actors: usize, edges: &[(usize, usize)]) -> Columns {
        let feedback = super::super::cycles::feedback(actors, edges);
        Columns::of(&Graph { actors, edges: edges.to_vec(), feedback })
    }

    #[test]
    fn the_longest_path_counts_and_the_short_one_gets_bends() {
        let columns = columns(4, &[(0, 1), (1, 2), (2, 3), (0, 3)]);
        assert_eq!(columns.rank, [0, 1, 2, 3, 1, 2]);
        assert_eq!(columns.bends[3], [4, 5]);
        assert_eq!((columns.before[3].as_slice(), columns.behind[0].as_slice()), (&[2, 5][..], &[1, 4][..]));
    }

    #[test]
    fn a_producer_that_joins_late_stands_right_before_its_reader() {
        assert_eq!(columns(4, &[(0, 1), (1, 2), (3, 2)]).rank, [0, 1, 2, 1]);
    }

    #[test]
    fn a_link_that_leads_back_moves_nobody() {
        let columns = columns(3, &[(0, 1), (1, 2), (2, 1)]);
        assert_eq!(columns.rank, [0, 1, 2]);
        assert!(columns.bends[2].is_empty());
    }

    #[test]
    fn links_through_many_columns_have_no_more_bends_than_there_may_be() {
        let chain = (1..300).map(|actor| (actor - 1, actor));
        let far = std::iter::repeat_n((0, 299), 200);
        let columns = columns(300, &chain.chain(far).collect::<Vec<_>>());
        assert_eq!(columns.rank.len(), 300 + 67 * 298);
        assert_eq!(columns.bends.iter().filter(|bends| !bends.is_empty()).count(), 67);
    }
}
