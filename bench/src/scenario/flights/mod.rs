//! A real file, end to end.

mod by_hand;
mod pipeline;
mod row;
mod tools;

use super::chain::on;
use crate::args::Args;
use crate::harness::{Class, Contender, Metric, Scenario};
use crate::peer::tasks::layout;
use row::{Carriers, read_plainly};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;
use tidegate::Result;

/// The slice of the file that comes with the project.
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/flights.csv");

/// What every contender must find out, worked out once.
#[derive(Clone)]
struct File {
    path: Rc<Path>,
    expected: Rc<OnceCell<(Carriers, Size)>>,
}

#[derive(Clone, Copy)]
struct Size {
    rows: u64,
    bytes: u64,
}

impl File {
    fn expected(&self) -> Result<&(Carriers, Size)> {
        if let Some(known) = self.expected.get() {
            return Ok(known);
        }
        let (carriers, rows) = read_plainly(&self.path)?;
        let size = Size { rows, bytes: std::fs::metadata(&self.path)?.len() };
        Ok(self.expected.get_or_init(|| (carriers, size)))
    }
}

pub fn scenario(args: &Args) -> Scenario {
    let path = args.flights.clone().unwrap_or_else(|| PathBuf::from(SHIPPED));
    let file = File { path: path.as_path().into(), expected: Rc::default() };
    let mut contenders = Vec::new();
    let mut add = |contender: Contender| contenders.push(contender);
    for arbiters in [1, 2] {
        add(timed("tidegate from TOML", on(arbiters), Class::Tidegate, &file, move |path| {
            pipeline::run(path, arbiters)
        }));
    }
    for workers in [1, 2] {
        add(timed("by hand, tokio", layout(workers), Class::Bounded, &file, move |path| {
            by_hand::with_tokio(path, workers, 1)
        })
        .note("tasks for reading, parsing and adding up, a channel between them; rows are parsed in full"));
    }
    for workers in [1, 2] {
        add(timed(
            "by hand, tokio",
            format!("{}, 256 rows a message", layout(workers)),
            Class::Batch,
            &file,
            move |path| by_hand::with_tokio(path, workers, 256),
        ));
    }
    add(timed("by hand, rayon", "a thread per core", Class::Other, &file, by_hand::with_rayon)
        .note("the file in memory at once, its lines in parallel; rows are parsed in full"));
    add(timed("by hand, a loop", "1 thread", Class::Other, &file, |path| Ok(read_plainly(path)?.0))
        .note("only the two columns that matter are looked at"));
    for tool in tools::installed() {
        add(timed(tool.name, "a process", Class::Other, &file, move |path| tool.run(path)));
    }
    Scenario {
        name: "flights",
        workload: format!(
            "Read the flights in {}, parse every row, keep those that arrived, and find out for each carrier how many \
             there are and what their arrival delays add up to. The results are compared.",
            path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()
        ),
        metrics: vec![Metric::high("rows", "thousands/s"), Metric::high("input", "MB/s")],
        contenders,
        calibrated: false,
        messages: 1,
    }
}

/// A contender measured by how fast it goes through the file.
fn timed(
    name: &str,
    layout: impl Into<String>,
    class: Class,
    file: &File,
    run: impl Fn(&Path) -> Result<Carriers> + 'static,
) -> Contender {
    let file = file.clone();
    Contender::new(name, layout, class, move |_| {
        let (expected, size) = file.expected()?;
        let since = Instant::now();
        let found = run(&file.path)?;
        let seconds = since.elapsed().as_secs_f64();
        if found != *expected {
            return Err(format!("expected {expected:?}, not {found:?}").into());
        }
        Ok(vec![Some(size.rows as f64 / seconds / 1e3), Some(size.bytes as f64 / seconds / 1e6)])
    })
}
