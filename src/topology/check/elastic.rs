//! Numbers of instances that follow the load.

use crate::topology::{ElasticOptions, Node, Role, Routing};
use crate::{Place, Problem, Topology};

pub(super) fn check(topology: &Topology) -> Vec<Problem> {
    topology.nodes().iter().filter_map(|node| wrong(node, node.options.elastic.as_ref()?)).collect()
}

fn wrong(node: &Node, elastic: &ElasticOptions) -> Option<Problem> {
    let place = Place::actor(&node.name).key("instances");
    if node.role == Role::Producer {
        let problem =
            Problem::error(place, "a producer has no mailbox whose pressure its instances could follow");
        return Some(problem.help("give it a fixed number of instances"));
    }
    if node.single {
        let message = "an actor given by value has one instance";
        return Some(Problem::error(place, message).help("use the `_each` method of its kind"));
    }
    if node.options.routing != Routing::Shared {
        let message = "a number of instances that follows the load needs a mailbox that all of them share";
        let problem = Problem::error(Place::actor(&node.name).key("routing"), message);
        return Some(problem.help("remove `routing`, or give it a fixed number of instances"));
    }
    limits(place, elastic)
}

/// What is wrong with the numbers, which are at `place`.
pub(crate) fn limits(place: Place, elastic: &ElasticOptions) -> Option<Problem> {
    let zero = |span: Option<crate::settings::Span>| span.is_some_and(|span| span.duration().is_zero());
    if elastic.min == 0 {
        let problem = Problem::error(place.key("min"), "with 0 instances nobody would read the mailbox");
        return Some(problem.help("the smallest number is 1"));
    }
    if elastic.max < elastic.min {
        let message = format!("at most {} instances are fewer than at least {}", elastic.max, elastic.min);
        return Some(Problem::error(place.key("max"), message).help("make `max` at least as large as `min`"));
    }
    let key = match () {
        () if zero(elastic.up_after) => "up_after",
        () if zero(elastic.down_after) => "down_after",
        () => return None,
    };
    let problem = Problem::error(place.key(key), "a moment is no sign of a load that lasts");
    Some(problem.help("write some time, like \"1s\""))
}
