//! Programs that people have for such files.

use super::row::Carriers;
use std::path::Path;
use std::process::{Command, Stdio};
use tidegate::Result;

/// A program, and its arguments before the name of the file; it prints `carrier,flights,delays` lines.
#[derive(Clone, Copy)]
pub struct Tool {
    pub name: &'static str,
    arguments: &'static [&'static str],
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "mlr",
        arguments: &[
            "--icsv",
            "--ocsv",
            "--headerless-csv-output",
            "filter",
            r#"$arr_delay != "" && $arr_delay != "NA""#,
            "then",
            "stats1",
            "-a",
            "count,sum",
            "-f",
            "arr_delay",
            "-g",
            "carrier",
        ],
    },
    Tool {
        name: "jq",
        arguments: &[
            "-nrR",
            r#"input | reduce (inputs | split(",") | select(.[8] != "" and .[8] != "NA")) as $row ({};
                 .[$row[9]] |= {n: (.n + 1), s: (.s + ($row[8] | tonumber))})
               | to_entries[] | "\(.key),\(.value.n),\(.value.s)""#,
        ],
    },
    Tool {
        name: "awk",
        arguments: &[
            "-F,",
            r#"NR > 1 && $9 != "" && $9 != "NA" { n[$10]++; s[$10] += $9 }
               END { for (c in n) print c "," n[c] "," s[c] }"#,
        ],
    },
];

/// Those that this machine has.
pub fn installed() -> impl Iterator<Item = Tool> {
    TOOLS.iter().copied().filter(|tool| {
        let mut version = Command::new(tool.name);
        version.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // What it says to the question does not matter.
        version.status().is_ok()
    })
}

impl Tool {
    /// Runs it on the file.
    ///
    /// # Errors
    /// When it fails, or prints something else.
    pub fn run(self, path: &Path) -> Result<Carriers> {
        let output = Command::new(self.name).args(self.arguments).arg(path).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().into());
        }
        let text = String::from_utf8(output.stdout)?;
        text.lines().map(|line| parse(line).ok_or_else(|| format!("it printed `{line}`").into())).collect()
    }
}

fn parse(line: &str) -> Option<(String, (u64, i64))> {
    let mut parts = line.split(',');
    let (carrier, flights, delays) = (parts.next()?, parts.next()?, parts.next()?);
    Some((carrier.into(), (flights.parse().ok()?, delays.parse().ok()?)))
}
