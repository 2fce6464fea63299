//! Tidegate, with topologies read from TOML: the same actors as in [`super::tidegate`], by name.

use super::Chain;
use super::tidegate::{Numbers, Step, Sum, run};
use crate::load::Load;
use schemars::JsonSchema;
use std::fmt::Write;
use tidegate::topology::file::Source;
use tidegate::{Registry, Result};

/// A chain; each stage and the consumer have a mailbox.
pub fn chain<T: Load + JsonSchema>(chain: Chain, arbiters: usize) -> Result {
    let registry =
        Registry::new().producer::<Numbers<T>>("numbers").stage::<Step<T>>("step").consumer::<Sum<T>>("sum");
    run(Source::text("chain.toml", &text(chain, arbiters)).load(&registry)?.topology)
}

fn text(chain: Chain, arbiters: usize) -> String {
    let Chain { stages, capacity, messages } = chain;
    let mut text = format!(
        "[runtime]\narbiters = {arbiters}\n\n[mailbox]\ncapacity = {capacity}\n\n\
         [producers.numbers]\nactor = \"numbers\"\nfrom = 0\nevery = 1\nbelow = {messages}\n"
    );
    let mut input = "numbers".to_string();
    for stage in 0..stages {
        let _ = write!(text, "\n[stages.step_{stage}]\nactor = \"step\"\ninputs = [\"{input}\"]\n");
        input = format!("step_{stage}");
    }
    let _ = write!(
        text,
        "\n[consumers.sum]\nactor = \"sum\"\ninputs = [\"{input}\"]\nmessages = {messages}\nstages = {stages}\n"
    );
    text
}
