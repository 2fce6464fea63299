//! Which links lead back.

/// Of each edge, whether it leads back to an actor that is upstream of it, so that without these edges there is no cycle.
///
/// A search in depth, first from those that have no input, in the order of the topology; an edge to an actor that is on
/// the path of the search leads back. Not recursive: a chain may be long.
pub(super) fn feedback(actors: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    let mut outgoing = vec![Vec::new(); actors];
    let mut has_input = vec![false; actors];
    for (edge, &(from, to)) in edges.iter().enumerate() {
        outgoing[from].push(edge);
        has_input[to] |= from != to;
    }
    let mut feedback = vec![false; edges.len()];
    let mut seen = vec![Seen::Not; actors];
    let (sources, others): (Vec<usize>, Vec<usize>) = (0..actors).partition(|&actor| !has_input[actor]);
    for start in sources.into_iter().chain(others) {
        if seen[start] != Seen::Not {
            continue;
        }
        seen[start] = Seen::OnPath;
        // The actors of the path, each with the number of its edges that have been followed.
        let mut path = vec![(start, 0)];
        while let Some((actor, followed)) = path.last_mut() {
            let Some(&edge) = outgoing[*actor].get(*followed) else {
                seen[*actor] = Seen::Done;
                path.pop();
                continue;
            };
            *followed += 1;
            let to = edges[edge].1;
            match seen[to] {
                Seen::Not => {
                    seen[to] = Seen::OnPath;
                    path.push((to, 0));
                }
                Seen::OnPath => feedback[edge] = true,
                Seen::Done => {}
            }
        }
    }
    feedback
}

#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Not,
    OnPath,
    Done,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_that_closes_a_cycle_leads_back() {
        assert_eq!(feedback(3, &[(0, 1), (1, 2), (2, 1)]), [false, false, true]);
    }

    #[test]
    fn a_cycle_that_nobody_feeds_and_an_actor_that_feeds_itself_are_opened_too() {
        assert_eq!(feedback(2, &[(0, 1), (1, 0)]), [false, true]);
        assert_eq!(feedback(1, &[(0, 0)]), [true]);
    }

    #[test]
    fn two_ways_to_the_same_actor_are_no_cycle() {
        assert_eq!(feedback(4, &[(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]), [false; 5]);
    }

    #[test]
    fn a_chain_of_many_thousand_actors_does_not_overflow_the_stack() {
        let chain: Vec<_> = (0..100_000).map(|actor| (actor, actor + 1)).collect();
        assert!(!feedback(100_001, &chain).contains(&true));
    }
}
