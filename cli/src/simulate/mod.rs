//! `tidegate simulate`: a topology run over and over in virtual time, each time from another seed.

mod tally;

use crate::args::{self, program};
use crate::diagnostics;
use crate::exit::Exit;
use crate::format::{elapsed, grouped, list};
use crate::load::load;
use crate::output::print;
use crate::screen::Screen;
use crate::signals::Signals;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tally::Tally;
use tidegate::testkit::{Faults, Scene, Simulated, Simulation, SimulationFailure};
use tidegate::topology::Registration;
use tidegate::{Outcome, Registry, Topology};
use tokio::runtime::Builder;

/// How often the progress is shown.
const REDRAW: Duration = Duration::from_millis(200);

/// The exit code of a process that SIGINT ended, by the convention of shells.
const INTERRUPTED: i32 = 130;

/// What keeps a simulation from going on.
enum Stop {
    /// Something that must not be, to be told.
    Found(String),
    /// It has been told.
    Told(Exit),
}

/// Simulates the file.
pub(crate) fn simulate(arguments: &args::Simulate, registry: &Registry) -> Exit {
    let screen = Screen::new();
    let simulator = Simulator {
        arguments,
        registry: registry.for_simulation(),
        screen: screen.clone(),
        interrupted: interrupted(&screen),
    };
    if let Err(exit) = simulator.check() {
        return exit;
    }
    let mut tally = Tally::new(arguments.runs);
    let (seed, outcome) = match simulator.all(&mut tally) {
        Ok(()) => (None, Exit::Success),
        Err((_, Stop::Told(exit))) => return exit,
        Err((seed, Stop::Found(what))) => {
            screen.clear();
            screen.error(&what);
            (Some(seed), Exit::Failure)
        }
    };
    screen.clear();
    if let Some(seed) = seed {
        screen.write(&format!("To see it again: {seed}\n"));
    }
    match print(&screen, &tally.summary()) {
        Exit::Success => outcome,
        exit => exit,
    }
}

struct Simulator<'a> {
    arguments: &'a args::Simulate,
    registry: Registry,
    screen: Screen,
    interrupted: Arc<AtomicBool>,
}

impl Simulator<'_> {
    /// Looks at the file once, and tells what it is about.
    fn check(&self) -> Result<(), Exit> {
        let file = &self.arguments.source.file;
        let loaded = load(&self.screen, file, &self.arguments.source.assignments, &self.registry)?;
        let problems = loaded.diagnose(loaded.topology.check(true));
        if !problems.0.is_empty() {
            diagnostics::show(&self.screen, file, &problems);
        }
        if diagnostics::has_errors(&problems) {
            return Err(Exit::Usage);
        }
        if !self.arguments.quiet {
            self.screen.write(&self.stand_ins(&loaded.topology));
        }
        Ok(())
    }

    /// Which actors are not what they are in a run.
    fn stand_ins(&self, topology: &Topology) -> String {
        let is_simulated = |actor: &str| self.registry.find(actor).iter().any(Registration::is_simulated);
        let nodes = topology.nodes().iter().filter(|node| is_simulated(&node.actor));
        let names: Vec<String> = nodes.map(|node| format!("`{}`", node.name)).collect();
        match names.len() {
            0 => String::new(),
            1 => format!("Another actor stands in for {}.\n", names[0]),
            _ => format!("Other actors stand in for {}.\n", list(&names)),
        }
    }

    /// All runs; what is found, with what to type to see it again.
    fn all(&self, tally: &mut Tally) -> Result<(), (String, Stop)> {
        let first = self.arguments.seed;
        // What fails without any fault is no news a thousand times over.
        self.run(first, true).map_err(|stop| (self.again(first, true), stop))?;
        let mut drawn = Instant::now();
        for run in 0..self.arguments.runs {
            if self.interrupted.load(Ordering::Relaxed) {
                break;
            }
            let seed = first.wrapping_add(run);
            let (simulated, outcome) =
                self.run(seed, false).map_err(|stop| (self.again(seed, false), stop))?;
            tally.add(simulated, outcome);
            if self.screen.is_terminal() && !self.arguments.quiet && drawn.elapsed() >= REDRAW {
                drawn = Instant::now();
                self.screen.draw(vec![tally.progress()]);
            }
        }
        Ok(())
    }

    /// The run of `seed`, how it went and ended; `calm` is without faults and operator.
    fn run(&self, seed: u64, calm: bool) -> Result<(Simulated, Outcome), Stop> {
        let args::Simulate { source, errors, panics, delays, longest_delay, .. } = self.arguments;
        let loaded =
            load(&self.screen, &source.file, &source.assignments, &self.registry).map_err(Stop::Told)?;
        let faults = Faults::none().errors(*errors).panics(*panics).delays(*delays, *longest_delay);
        let calm = calm || faults == Faults::none().delays(0.0, *longest_delay) && self.arguments.no_operator;
        let simulation = Simulation::new().seed(seed).runs(1).messages(self.arguments.messages);
        let simulation = simulation.patience(self.arguments.patience);
        let simulation = match (calm, self.arguments.no_operator) {
            (true, _) => simulation.faults(Faults::none()).without_operator(),
            (false, true) => simulation.faults(faults).without_operator(),
            (false, false) => simulation.faults(faults),
        };
        let ended = Rc::new(Cell::new(Outcome::Completed));
        let mut topology = Some(loaded.topology);
        let simulated = simulation.run(|_| {
            let ended = ended.clone();
            let topology = topology.take().expect("there is one run");
            Scene::new(topology).verify(move |report| {
                ended.set(report.outcome);
                match &report.error {
                    Some(error) if calm => Err(format!("it fails without any fault: {error}").into()),
                    _ => Ok(()),
                }
            })
        });
        simulated.map(|simulated| (simulated, ended.get())).map_err(|failure| Stop::Found(found(&failure)))
    }

    /// What to type to run one seed again.
    fn again(&self, seed: u64, calm: bool) -> String {
        let args::Simulate { source, messages, errors, panics, delays, longest_delay, patience, .. } =
            self.arguments;
        let mut line = format!("{} simulate {} --seed {seed} --runs 1", program(), source.file.display());
        for assignment in &source.assignments {
            line += &format!(" --set '{}'", assignment.replace('\'', r"'\''"));
        }
        line += &format!(" --messages {messages} --patience {}us", patience.as_micros());
        if calm {
            return line + " --errors 0 --panics 0 --delays 0 --no-operator";
        }
        line += &format!(" --errors {errors} --panics {panics} --delays {delays}");
        line += &format!(" --longest-delay {}us", longest_delay.as_micros());
        if self.arguments.no_operator { line + " --no-operator" } else { line }
    }
}

/// What was found, and when, and how everybody stood.
fn found(failure: &SimulationFailure) -> String {
    let SimulationFailure { seed, step, time, what, operations, actors, .. } = failure;
    let time = elapsed(time.as_secs_f64());
    let mut text = format!("seed {seed}, step {}, after {time} of virtual time: {what}", grouped(*step));
    if !operations.is_empty() {
        text += &format!("\n  operator: {}", operations.join(", "));
    }
    actors.iter().fold(text, |text, actor| text + "\n  " + actor)
}

/// Becomes true when somebody asks for the end; a run is not cut short then, unless they ask once more. Where nothing can be
/// listened to, a signal does what it always does.
fn interrupted(screen: &Screen) -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let (asked, screen) = (interrupted.clone(), screen.clone());
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return interrupted };
    let Ok(mut signals) = runtime.block_on(async { Signals::listen() }) else { return interrupted };
    std::thread::spawn(move || {
        runtime.block_on(signals.end());
        asked.store(true, Ordering::Relaxed);
        screen.write("Stopping after this run; once more to stop now.\n");
        runtime.block_on(signals.end());
        screen.clear();
        std::process::exit(INTERRUPTED);
    });
    interrupted
}
