//! What the system knows about this process, where it tells (Linux).

use std::sync::LazyLock;

/// A moment of this process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Process {
    /// When it began, in seconds since 1970.
    pub(super) start: f64,
    /// Time on processors, in seconds.
    pub(super) cpu: f64,
    /// Memory that is not swapped out, in bytes.
    pub(super) resident: f64,
    /// Its threads.
    pub(super) threads: f64,
}

/// The unit of times in `/proc`: a hundredth of a second, by the interface of Linux to programs.
const TICKS: f64 = 100.0;

impl Process {
    /// This process now; `None` where the system does not tell.
    pub(super) fn now() -> Option<Self> {
        static BOOTED: LazyLock<Option<f64>> =
            LazyLock::new(|| booted(&std::fs::read_to_string("/proc/stat").ok()?));
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        Self::read(&stat, &status, (*BOOTED)?)
    }

    fn read(stat: &str, status: &str, booted: f64) -> Option<Self> {
        // The name of the program, in brackets, may hold anything.
        let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
        // Counted from the state, which is field 3 in the manual.
        let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let resident: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(Self {
            start: booted + field(22)? / TICKS,
            cpu: (field(14)? + field(15)?) / TICKS,
            resident: resident * 1024.0,
            threads: field(20)?,
        })
    }
}

fn booted(stat: &str) -> Option<f64> {
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_tells_is_read_whatever_the_program_is_called() {
        let stat = "42 (a ) b) S 1 1 1 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 7 0 12345 1000 200 0";
        let status = "Name:\ta ) b\nVmRSS:\t   2048 kB\nThreads:\t7\n";
        let booted = booted("cpu 1 2\nbtime 1700000000\n").unwrap();
        let process = Process::read(stat, status, booted).unwrap();
        let expected = Process { start: 1_700_000_123.45, cpu: 3.0, resident: 2_097_152.0, threads: 7.0 };
        assert_eq!(process, expected);
        assert_eq!(Process::read("", status, booted), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory_and_a_past() {
        let process = Process::now().unwrap();
        assert!(
            process.resident > 100_000.0 && process.threads >= 1.0 && process.start > 1.6e9,
            "{process:?}"
        );
    }
}
