//! Where, when and of what a measurement was made.

use serde::Serialize;
use std::fmt;
use std::process::Command;
use std::time::SystemTime;

/// The machine, the moment, and the state of the code.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub system: String,
    pub compiler: String,
    pub date: String,
    pub commit: String,
    /// Figures of a debug build mean nothing, and say so.
    pub optimised: bool,
}

impl Machine {
    /// This one, now.
    pub fn this() -> Self {
        let today = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        Self {
            processor: processor().unwrap_or_else(|| "an unknown processor".into()),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            system: says("uname", &["-sr"]).unwrap_or_else(|| std::env::consts::OS.into()),
            compiler: says("rustc", &["--version"]).unwrap_or_else(|| "an unknown compiler".into()),
            date: today.split('T').next().unwrap_or(&today).into(),
            commit: says("git", &["describe", "--always", "--dirty", "--abbrev=10"])
                .unwrap_or_else(|| "unknown".into()),
            optimised: !cfg!(debug_assertions),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cores = if self.cores == 1 { "1 core".into() } else { format!("{} cores", self.cores) };
        write!(
            f,
            "{}, {cores}, {}, {}; {}, commit {}",
            self.processor, self.system, self.compiler, self.date, self.commit
        )?;
        if !self.optimised {
            f.write_str(". A debug build: the figures mean nothing")?;
        }
        Ok(())
    }
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().into())
}

/// The first line that a program prints.
fn says(program: &str, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.lines().next()?.trim().into())
}
