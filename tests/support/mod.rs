//! What the tests of topologies have in common: actors to build them of, and errors put shortly.

#![allow(dead_code, reason = "each test file uses its part")]

use schemars::JsonSchema;
use serde::Deserialize;
use tidegate::prelude::*;
use tidegate::topology::file::{Diagnostic, Origin};

/// Counts from 1 up.
#[derive(Deserialize, JsonSchema)]
pub struct Numbers {
    /// The last number.
    pub to: u64,
    #[serde(skip)]
    at: u64,
}

impl Producer for Numbers {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        if self.at == self.to {
            return Ok(Next::Done);
        }
        self.at += 1;
        out.emit(self.at);
        Ok(Next::More)
    }
}

/// Writes numbers as text.
#[derive(Deserialize, JsonSchema)]
pub struct Text;

impl Stage for Text {
    type In = u64;
    type Out = Outlet<String>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<String>) -> Result {
        out.emit(n.to_string());
        Ok(())
    }
}

tidegate::ports! {
    /// Even and odd numbers.
    pub struct Parity {
        /// The even ones.
        pub even: u64,
        /// The odd ones.
        pub odd: u64,
    }
}

/// Splits by parity.
#[derive(Deserialize, JsonSchema)]
pub struct Split {}

impl Stage for Split {
    type In = u64;
    type Out = Parity;

    async fn handle(&mut self, n: u64, out: &mut Parity) -> Result {
        if n.is_multiple_of(2) {
            out.even.emit(n)
        } else {
            out.odd.emit(n)
        }
        Ok(())
    }
}

tidegate::ports! {
    /// What is to be halved once more, and what cannot be.
    pub struct Halves {
        /// Back to who halves.
        pub again: u64,
        /// Odd numbers.
        pub done: u64,
    }
}

/// Halves numbers until they are odd.
pub struct Halve;

impl Stage for Halve {
    type In = u64;
    type Out = Halves;

    async fn handle(&mut self, n: u64, out: &mut Halves) -> Result {
        if n.is_multiple_of(2) {
            out.again.emit(n / 2)
        } else {
            out.done.emit(n)
        }
        Ok(())
    }
}

/// Takes anything of one type.
#[derive(Deserialize, JsonSchema)]
#[serde(bound = "")]
pub struct Take<T> {
    #[serde(default, skip)]
    of: std::marker::PhantomData<fn(T)>,
}

impl<T: tidegate::Message> Consumer for Take<T> {
    type In = T;

    async fn handle(&mut self, _: T) -> Result {
        Ok(())
    }
}

/// A diagnostic as "line:column message (help)".
pub fn one_line(diagnostic: &Diagnostic) -> String {
    let place = match &diagnostic.origin {
        Some(Origin::File { line, column, .. }) => format!("{line}:{column}"),
        Some(Origin::Set(assignment)) => format!("--set {assignment}"),
        Some(other) => other.to_string(),
        None => "nowhere".into(),
    };
    let help = diagnostic.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{place} {}{help}", diagnostic.message)
}
