//! Expressions in the Common Expression Language (CEL), parsed within limits.
//!
//! What is the same for expressions over records and for the conditions of alerts: an interpreter that walks deep trees on
//! the small stack of an arbiter would take the whole process down, whatever it is about.
//!
//! ```
//! use tidegate_expression::{Limits, parse};
//!
//! let limits = Limits { longest: 100, advice: "make two of it" };
//! assert!(parse("delay > 15 && carrier == 'UA'", &limits).is_ok());
//! let wrong = parse(&"(".repeat(17), &limits).unwrap_err();
//! assert_eq!(wrong, "brackets are nested deeper than 16; make two of it");
//! ```

mod failure;
mod limits;

use cel::{Env, Program};
pub use failure::is_about_null;
pub use limits::{Limits, children};
use std::sync::{Arc, LazyLock};
use std::thread;

/// The functions and operators of expressions; making them takes longer than most evaluations.
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// The stack of the thread that parses, in bytes; only what is used of it is ever taken.
const PARSER_STACK: usize = 256 << 20;

/// The functions and operators that there are, to evaluate what was parsed.
pub fn environment() -> Arc<Env> {
    ENV.clone()
}

/// Parses `text`, which is to be within `limits`.
///
/// # Errors
/// The first thing that is wrong with it, and at which column.
pub fn parse(text: &str, limits: &Limits) -> Result<Program, String> {
    limits.of_text(text)?;
    // The parser needs tens of kilobytes of stack for each level, more than the threads of tests and arbiters have.
    thread::scope(|scope| {
        let parse = || {
            let program = ENV.compile(text).map_err(|errors| failure::syntax(&errors, text))?;
            // Here, for to give up a tree that is too deep takes a large stack as well.
            limits.of_tree(program.expression()).map(|()| program)
        };
        let parser = thread::Builder::new().stack_size(PARSER_STACK).spawn_scoped(scope, parse);
        let parser = parser.map_err(|error| format!("there is no thread to read it on: {error}"))?;
        parser.join().unwrap_or_else(|_| Err("it cannot be read: the parser panicked".into()))
    })
}
