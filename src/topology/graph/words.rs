//! The graph in words.

use super::{Actor, Graph, Link};
use crate::topology::Role;

impl Graph {
    /// The graph in words, one line per actor.
    pub fn describe(&self) -> String {
        let mut links = vec![(Vec::new(), Vec::new()); self.actors.len()];
        for link in &self.links {
            links[link.to].0.push(link);
            links[link.from].1.push(link);
        }
        let lines = self.actors.iter().zip(links);
        lines.map(|(actor, (inputs, outputs))| self.line(actor, &inputs, &outputs) + "\n").collect()
    }

    fn line(&self, actor: &Actor, inputs: &[&Link], outputs: &[&Link]) -> String {
        let mut line = format!("{}: a {} ({})", actor.name, actor.role, actor.actor);
        if !actor.inputs.is_empty() {
            let types: Vec<String> = actor.inputs.iter().map(|input| format!("`{input}`")).collect();
            line += &format!(" of {} from {}", types.join(" and "), self.sources(inputs));
        }
        if !actor.ports.is_empty() {
            line += if actor.role == Role::Producer { " that emits " } else { ", emits " };
            let ports: Vec<String> =
                actor.ports.iter().map(|(port, message)| self.port(outputs, port, message)).collect();
            line += &ports.join(", ");
        }
        if let Some(mailbox) = &actor.mailbox
            && inputs.iter().any(|link| !link.own)
        {
            line += &format!(", {}", mailbox.label());
        }
        if actor.instances != "1" {
            line += &format!(", {} instances", actor.instances);
            if actor.role != Role::Producer {
                let ordered = if actor.ordered { ", ordered" } else { "" };
                line += &format!(" ({}{ordered})", actor.routing);
            }
        }
        if actor.blocking {
            line += ", blocking";
        }
        if let Some(bulkhead) = &actor.bulkhead {
            line += &format!(", in bulkhead {bulkhead}");
        }
        line
    }

    /// "lines", "split.late and feedback (capacity 8, drop_newest)".
    fn sources(&self, inputs: &[&Link]) -> String {
        let sources = inputs.iter().map(|link| {
            let mut source = self.actors[link.from].name.clone();
            if !link.port.is_empty() {
                source += &format!(".{}", link.port);
            }
            if link.own {
                source += &format!(" ({})", link.options());
            }
            source
        });
        join(sources.collect(), "nobody")
    }

    /// "`u64` to print", "late (`u64`) to store".
    fn port(&self, outputs: &[&Link], port: &str, message: &str) -> String {
        let links = outputs.iter().filter(|link| link.port == port);
        let readers = join(links.map(|link| self.actors[link.to].name.clone()).collect(), "nobody");
        match port {
            "" => format!("`{message}` to {readers}"),
            port => format!("{port} (`{message}`) to {readers}"),
        }
    }
}

fn join(names: Vec<String>, none: &str) -> String {
    match names.as_slice() {
        [] => none.into(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
