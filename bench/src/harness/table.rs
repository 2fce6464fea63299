//! Reports for people: text for a terminal, Markdown for docs.

use super::contender::{Class, Metric};
use super::report::{ContenderReport, Report, ScenarioReport};
use super::statistics::Summary;
use comfy_table::{CellAlignment, ContentArrangement, Table, TableStyle, presets};
use std::fmt::Write;

impl Report {
    /// The whole report as Markdown, with machine, date and commit.
    pub fn markdown(&self) -> String {
        let mut text = format!("{}\n\nMedian of {} rounds (min to max).\n", self.machine, self.rounds);
        for scenario in &self.scenarios {
            let _ = write!(text, "\n### `{}`\n\n{}\n\n", scenario.name, scenario.workload);
            let _ = writeln!(text, "{}", scenario.table(presets::ASCII_MARKDOWN));
            let _ = write!(text, "{}", scenario.remarks("\n- "));
        }
        text
    }
}

impl ScenarioReport {
    /// The scenario as text for a terminal.
    pub fn text(&self) -> String {
        let table = self.table(presets::UTF8_FULL_CONDENSED);
        format!("{}: {}\n{table}\n{}", self.name, self.workload, self.remarks("\n  "))
    }

    fn table(&self, style: TableStyle) -> Table {
        let mut table = Table::new();
        table.load_style(style).set_content_arrangement(ContentArrangement::Disabled);
        let mut header = vec!["contender".to_string()];
        for metric in &self.metrics {
            header.push(head(*metric));
        }
        header.push("tidegate is".into());
        table.set_header(header);
        for contender in &self.contenders {
            let mut row = vec![contender.title() + mark(contender)];
            for summary in &contender.summaries {
                row.push(summary.map_or_else(|| "-".into(), cell));
            }
            let times = contender.times.first().copied().flatten();
            row.push(times.map_or_else(|| "-".into(), |times| format!("{}x", figure(times))));
            table.add_row(row);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    /// What the table alone does not tell.
    fn remarks(&self, bullet: &str) -> String {
        let mut text = String::new();
        if let Some(best) = &self.best_bounded_peer {
            let _ = write!(
                text,
                "{bullet}the best bounded peer is {}; {} is {}x as good",
                best.peer,
                best.tidegate,
                figure(best.times)
            );
        }
        for contender in &self.contenders {
            if let Some(note) = contender.note {
                let _ = write!(text, "{bullet}{}: {note}", contender.title());
            }
            if let Some(error) = &contender.error {
                let _ = write!(text, "{bullet}FAILED: {}: {error}", contender.title());
            }
        }
        text.push('\n');
        text
    }
}

fn head(metric: Metric) -> String {
    if metric.unit.is_empty() { metric.name.into() } else { format!("{}, {}", metric.name, metric.unit) }
}

fn mark(contender: &ContenderReport) -> &'static str {
    match contender.class {
        Class::Tidegate | Class::Bounded | Class::Other => "",
        Class::Batch => " (in batches)",
        Class::Unbounded => " (unbounded)",
        Class::Floor => " (floor)",
    }
}

fn cell(summary: Summary) -> String {
    let Summary { median, min, max } = summary;
    if min == max {
        return figure(median);
    }
    format!("{} ({} to {})", figure(median), figure(min), figure(max))
}

/// Three digits that count, and no more than that; whole numbers stay whole.
fn figure(number: f64) -> String {
    let decimals = match number.abs() {
        size if size >= 100.0 || number.fract() == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        assert_eq!(
            [1234.5, 123.4, 12.34, 1.234, 0.1234, 7.0].map(figure),
            ["1234", "123", "12.3", "1.23", "0.123", "7"]
        );
    }

    #[test]
    fn the_spread_is_left_out_where_there_is_none() {
        assert_eq!(cell(Summary { median: 2.0, min: 2.0, max: 2.0 }), "2");
        assert_eq!(cell(Summary { median: 2.0, min: 1.5, max: 3.0 }), "2 (1.50 to 3)");
    }
}
