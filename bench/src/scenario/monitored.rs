//! A chain of three that somebody watches: its metrics are scraped every second, and the dashboard is open.

use super::chain::on;
use crate::args::Args;
use crate::harness::{Class, Contender, Metric, Sample, Scenario, at_rate};
use crate::peer::{CAPACITY, Chain, tidegate};
use ::tidegate::Result;
use ::tidegate::prelude::*;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};
use tidegate_monitor::{Description, Listener, Live, MonitorOptions};

/// How often metrics are scraped, and how often the page asks for the state.
const EVERY: Duration = Duration::from_secs(1);

/// What watches a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watched {
    No,
    /// Signals are recorded and waits are sampled; nobody asks.
    Closely,
    /// By the monitor, with a scraper and a page.
    ByMonitor,
}

fn run(arbiters: usize, watched: Watched, messages: u64) -> Result<Sample> {
    let since = Instant::now();
    let topology =
        tidegate::chain_topology::<u64>(Chain { stages: 1, capacity: CAPACITY, messages }, arbiters);
    let description = Description::of(&topology);
    let running = topology.start()?;
    let watch = (watched == Watched::Closely).then(|| running.watch());
    let clients = match watched {
        Watched::ByMonitor => Some(Clients::start(description, &running)?),
        Watched::No | Watched::Closely => None,
    };
    tidegate::completed(&running.join())?;
    let rate = at_rate(messages, since);
    drop(watch);
    let answers = clients.map(Clients::stop).transpose()?;
    Ok(vec![rate, answers.map(|answers| answers as f64)])
}

/// A server and those who ask it.
struct Clients {
    server: tidegate_monitor::Server,
    asks: Arc<AtomicBool>,
    answers: Arc<AtomicU64>,
    threads: Vec<thread::JoinHandle<std::io::Result<()>>>,
}

impl Clients {
    fn start(description: Description, running: &Handle) -> Result<Self> {
        let listener = Listener::bind("127.0.0.1:0".parse()?, &MonitorOptions::default())?;
        let server = listener.serve(Arc::new(Live::new(description, running)))?;
        let (address, asks, answers) = (server.address(), Arc::new(AtomicBool::new(true)), Arc::default());
        let poller = thread::spawn({
            let (asks, answers) = (asks.clone(), Arc::clone(&answers));
            move || poll(address, &asks, &answers)
        });
        // Connected before the run goes on, so that it is watched from its start.
        let signals = TcpStream::connect(address)?;
        Ok(Self { server, asks, answers, threads: vec![poller, thread::spawn(move || listen(signals))] })
    }

    /// How many answers there were.
    fn stop(self) -> Result<u64> {
        self.asks.store(false, Relaxed);
        self.threads.iter().for_each(|thread| thread.thread().unpark());
        self.server.close();
        for thread in self.threads {
            thread.join().map_err(|_| "a client panicked")??;
        }
        Ok(self.answers.load(Relaxed))
    }
}

/// Asks for the metrics, as Prometheus does, and for the state, as the page does.
fn poll(address: SocketAddr, asks: &AtomicBool, answers: &AtomicU64) -> std::io::Result<()> {
    while asks.load(Relaxed) {
        for path in ["/metrics", "/api/snapshot"] {
            match ask(address, path) {
                Ok(answer) if answer.starts_with("HTTP/1.1 200") => answers.fetch_add(1, Relaxed),
                // The server ends with the run, in the middle of an answer or before it.
                _ if !asks.load(Relaxed) => return Ok(()),
                Ok(answer) => return Err(std::io::Error::other(answer)),
                Err(error) => return Err(error),
            };
        }
        thread::park_timeout(EVERY);
    }
    Ok(())
}

fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut client = TcpStream::connect(address)?;
    write!(client, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Listens to the signals until the server ends, whether it says so or not: a short run is over before it answers.
fn listen(mut client: TcpStream) -> std::io::Result<()> {
    write!(client, "GET /api/signals HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let _ = BufReader::new(client).lines().map_while(std::io::Result::ok).find(|line| line == "event: end");
    Ok(())
}

pub fn scenario(_: &Args) -> Scenario {
    let mut contenders = Vec::new();
    for arbiters in [1, 2] {
        for (name, watched) in [
            ("tidegate", Watched::No),
            ("tidegate, watched", Watched::Closely),
            ("tidegate, monitored", Watched::ByMonitor),
        ] {
            contenders.push(Contender::new(name, on(arbiters), Class::Tidegate, move |messages| {
                run(arbiters, watched, messages)
            }));
        }
    }
    Scenario {
        name: "monitored",
        workload: format!(
            "The chain of `chain3`, {CAPACITY} before each. \"Watched\" means that signals are recorded and waits \
             sampled, \"monitored\" that beside that the HTTP server runs, its metrics and its state are asked for \
             every second, and a client listens to the signals. Runs should take some seconds (`--seconds 4`)."
        ),
        metrics: vec![Metric::high("messages", "M/s"), Metric::high("answers", "")],
        contenders,
        calibrated: true,
        messages: 0,
    }
}
