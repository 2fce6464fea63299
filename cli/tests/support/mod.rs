//! Runs the real program in a folder of its own, and never waits for it longer than it may take.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// More than any of these programs needs, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A topology of `last` numbers that are written to `out.txt`.
pub fn numbers(last: u64) -> String {
    format!(
        "[topology]\nname = \"numbers\"\n\n[producers.n]\nactor = \"counter\"\nto = {last}\n\n\
         [consumers.store]\nactor = \"file\"\ninputs = [\"n\"]\npath = \"out.txt\"\n"
    )
}

/// A topology that has no end by itself.
pub fn endless() -> String {
    "[producers.n]\nactor = \"counter\"\n\n\
     [consumers.store]\nactor = \"file\"\ninputs = [\"n\"]\npath = \"out.txt\"\n"
        .into()
}

/// A folder to run programs in.
pub struct Workspace(TempDir);

/// What a program said, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Workspace {
    /// A folder with the topology `text` in `config.toml`.
    pub fn new(text: &str) -> Self {
        let workspace = Self(TempDir::new().unwrap());
        workspace.write("config.toml", text);
        workspace
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The names of all files, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = self.path().read_dir().unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// `tidegate` with these arguments, knowing nothing of the environment of the test.
    pub fn tidegate(&self, arguments: &[&str]) -> Command {
        self.program(Path::new(env!("CARGO_BIN_EXE_tidegate")), arguments)
    }

    /// The program with the actors that misbehave.
    pub fn unruly(&self, arguments: &[&str]) -> Command {
        let folder = Path::new(env!("CARGO_BIN_EXE_tidegate")).parent().unwrap().join("examples");
        self.program(&folder.join(format!("unruly{}", std::env::consts::EXE_SUFFIX)), arguments)
    }

    fn program(&self, path: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(path);
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let meant = name.to_string_lossy();
            if meant.starts_with("TIDEGATE_")
                || meant.starts_with("RUST_")
                || meant.starts_with("OTEL_")
                || meant == "NO_COLOR"
            {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Runs `tidegate` to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        finish(self.tidegate(arguments))
    }
}

/// Runs `command` to its end.
pub fn finish(mut command: Command) -> Ran {
    Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped())).end()
}

/// A program that runs.
pub struct Running {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    lines: Receiver<String>,
    stderr: String,
}

impl Running {
    /// Starts `command`; its standard error must be piped.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let stdout = child.stdout.take().map(|mut stdout| {
            spawn(move || {
                let mut text = Vec::new();
                stdout.read_to_end(&mut text).unwrap();
                String::from_utf8(text).unwrap()
            })
        });
        let (sender, lines) = channel();
        let stderr = BufReader::new(child.stderr.take().expect("stderr is piped"));
        spawn(move || {
            for line in stderr.lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        Self { child, stdout, lines, stderr: String::new() }
    }

    /// Waits until a line on standard error contains `marker`, and gives that line.
    pub fn wait_for(&mut self, marker: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("never said `{marker}`, but:\n{}", self.stderr)
            };
            let found = line.contains(marker);
            self.stderr.push_str(&line);
            self.stderr.push('\n');
            if found {
                return line;
            }
        }
    }

    /// Sends a signal, like `INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(sent.unwrap().success(), "cannot send {name}");
    }

    /// Waits for the end.
    pub fn end(mut self) -> Ran {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                self.child.kill().unwrap();
                panic!("does not end; it said:\n{}", self.stderr);
            }
            sleep(Duration::from_millis(2));
        };
        while let Ok(line) = self.lines.recv() {
            self.stderr.push_str(&line);
            self.stderr.push('\n');
        }
        let stdout = self.stdout.take().map(|stdout| stdout.join().unwrap()).unwrap_or_default();
        Ran { code: status.code(), stdout, stderr: self.stderr.clone() }
    }
}

impl Drop for Running {
    /// A test that failed leaves no program behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A report, read back.
pub fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON ({error}): {text}"))
}
