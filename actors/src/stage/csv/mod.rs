//! Lines of CSV to records.

mod error;
mod layout;
pub(super) mod parser;

use crate::message::{Line, Record, Source, located};
use crate::settings::{settings, yes};
use error::RowError;
use indexmap::IndexMap;
use layout::Layout;
use parser::Parser;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::Arc;
use tidegate::{Checks, Now, OnError, Outlet, Result, Stage};

/// Turns lines of CSV into records. The first line of each file names the columns.
///
/// One line is one record: a quoted field may hold delimiters and doubled quotes, but no line break. Empty lines
/// are passed over. A line that does not fit is a failed message, and its error names path and line; the run goes
/// on, unless `on_error = "stop"`. A header that cannot be used, say because it names a column twice, fails the run.
///
/// ```toml
/// [stages.parse]
/// actor = "csv"
/// inputs = ["lines"]
/// null = ["", "NA"]
/// types = { dep_delay = "float" }
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "csv")]
pub struct CsvSettings {
    /// The names of the columns, in the place of a header.
    #[serde(default)]
    pub columns: Option<Vec<String>>,
    /// Whether the first line of each file is a header. By default it is, unless `columns` is given; with both, the
    /// header is passed over.
    #[serde(default)]
    pub header: Option<bool>,
    /// The character between two fields: an ASCII character, like `";"` or `"\t"`.
    #[serde(default = "default_delimiter")]
    pub delimiter: char,
    /// The character around fields that contain a delimiter; doubled, it stands for itself.
    #[serde(default = "default_quote")]
    pub quote: char,
    /// The types of columns, by name; a field that is not of its type fails the line.
    #[serde(default)]
    pub types: IndexMap<String, ColumnType>,
    /// Whether fields of the other columns become numbers and truth values where they look like it, each for
    /// itself. What would not come back as it was stays text, like `007`.
    #[serde(default = "yes")]
    pub infer: bool,
    /// Fields that stand for null.
    #[serde(default = "default_null")]
    pub null: Vec<String>,
}

fn default_delimiter() -> char {
    ','
}

fn default_quote() -> char {
    '"'
}

fn default_null() -> Vec<String> {
    vec![String::new()]
}

impl Default for CsvSettings {
    fn default() -> Self {
        Self {
            columns: None,
            header: None,
            delimiter: default_delimiter(),
            quote: default_quote(),
            types: IndexMap::new(),
            infer: true,
            null: default_null(),
        }
    }
}

/// What the fields of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Whole numbers.
    Int,
    /// Numbers.
    Float,
    /// `true` or `false`, `1` or `0`.
    Bool,
    /// Text, whatever it looks like.
    Text,
}

/// Layouts that are kept, for files whose lines come mixed. One that is forgotten is made again.
const LAYOUTS: usize = 16;

/// A stage that turns lines of CSV into records; see [`CsvSettings`].
///
/// ```
/// use tidegate::{Outlet, Stage};
/// use tidegate_actors::{Csv, Line, Source};
///
/// # tidegate::testkit::virtual_time(async {
/// let (mut csv, mut out) = (Csv::default(), Outlet::collecting());
/// let tides = Source::new("tides.csv");
/// csv.handle(Line::read(&tides, 1, "port,metres"), &mut out).await?;
/// csv.handle(Line::read(&tides, 2, "Dover,6.8"), &mut out).await?;
/// assert_eq!(out.take()[0].to_string(), r#"{"port":"Dover","metres":6.8}"#);
///
/// let error = csv.handle(Line::read(&tides, 3, "Calais"), &mut out).await.unwrap_err();
/// assert_eq!(error.to_string(), "tides.csv:3: the line has 1 field, and its header 2");
/// # Ok::<(), tidegate::BoxError>(()) }).unwrap();
/// ```
pub struct Csv {
    settings: CsvSettings,
    parser: Parser,
    /// The layout of all files, if that is known from the start.
    fixed: Option<Layout>,
    /// The layouts of the files seen last, the latest in front. `None` is the place of lines without an origin.
    layouts: VecDeque<(Option<Arc<Source>>, Layout)>,
    /// Why no line of some file can be read: its header cannot be used.
    unusable: Option<String>,
}

settings! { Csv: CsvSettings }

impl From<CsvSettings> for Csv {
    fn from(settings: CsvSettings) -> Self {
        let byte = |character: char, default| u8::try_from(character).unwrap_or(default);
        let parser = Parser::new(byte(settings.delimiter, b','), byte(settings.quote, b'"'));
        let names = settings.columns.clone();
        let fixed = names.and_then(|names| Layout::of_names(names, &settings).ok());
        Self { settings, parser, fixed, layouts: VecDeque::new(), unusable: None }
    }
}

impl Default for Csv {
    fn default() -> Self {
        CsvSettings::default().into()
    }
}

impl Csv {
    fn has_header(&self) -> bool {
        self.settings.header.unwrap_or(self.settings.columns.is_none())
    }

    /// The record that `line` stands for; `None` for a header and an empty line.
    fn read(&mut self, line: &Line) -> Result<Option<Record>, RowError> {
        let header = self.has_header();
        if header && self.is_header(line) {
            if self.fixed.is_none() {
                self.learn(line)?;
            }
            return Ok(None);
        }
        if line.text().is_empty() {
            return Ok(None);
        }
        let layout = match &self.fixed {
            Some(fixed) => fixed,
            None => {
                let source = line.origin().map(|origin| origin.source());
                if !self.layouts.front().is_some_and(|(known, _)| is_same(known.as_ref(), source)) {
                    self.recall(source)?;
                }
                let (_, layout) = self.layouts.front().expect("a layout, because it was just put there");
                layout
            }
        };
        let row = self.parser.parse(line.text())?;
        layout.record(&row, &self.settings.null).map(Some)
    }

    fn is_header(&self, line: &Line) -> bool {
        match line.origin() {
            Some(origin) => origin.line() == 1,
            None => !self.layouts.iter().any(|(source, _)| source.is_none()),
        }
    }

    fn learn(&mut self, line: &Line) -> Result<(), RowError> {
        let source = line.origin().map(|origin| origin.source().clone());
        let layout = self.layout(source.as_ref(), line.text())?;
        if let Some(source) = &source {
            source.set_first_line(line.shared_text().clone());
        }
        self.remember(source, layout);
        Ok(())
    }

    /// Puts the layout of `source` in front.
    #[cold]
    fn recall(&mut self, source: Option<&Arc<Source>>) -> Result<(), RowError> {
        let known = self.layouts.iter().position(|(known, _)| is_same(known.as_ref(), source));
        if let Some(known) = known.and_then(|index| self.layouts.remove(index)) {
            self.layouts.push_front(known);
            return Ok(());
        }
        // Another instance has seen the header, or it was so long ago that it is forgotten.
        let first = source.and_then(|source| source.first_line()).ok_or(RowError::NoHeader)?;
        let layout = self.layout(source, &first.clone())?;
        self.remember(source.cloned(), layout);
        Ok(())
    }

    /// The layout that the header of `source` asks for.
    fn layout(&mut self, source: Option<&Arc<Source>>, header: &str) -> Result<Layout, RowError> {
        Layout::of_header(header, &mut self.parser, &self.settings).map_err(|error| {
            let place = source.map(|source| format!("{}:1: ", source.path())).unwrap_or_default();
            RowError::Header(format!("{place}the header cannot be used: {error}"))
        })
    }

    fn remember(&mut self, source: Option<Arc<Source>>, layout: Layout) {
        // The layout of lines without an origin cannot be made again.
        if self.layouts.len() == LAYOUTS
            && let Some(oldest) = self.layouts.iter().rposition(|(source, _)| source.is_some())
        {
            self.layouts.remove(oldest);
        }
        self.layouts.push_front((source, layout));
    }

    /// Emits the record that `line` stands for, if any.
    fn parse(&mut self, line: &Line, out: &mut Outlet<Record>) -> Result {
        match self.read(line) {
            Ok(Some(record)) => out.emit(record.read_at(line.origin().cloned())),
            Ok(None) => {}
            Err(error) => {
                let is_fatal = matches!(error, RowError::Header(_));
                let error = located(line.origin().filter(|_| !is_fatal), error);
                self.unusable = is_fatal.then(|| error.to_string());
                return Err(error);
            }
        }
        Ok(())
    }
}

fn is_same(a: Option<&Arc<Source>>, b: Option<&Arc<Source>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

impl Stage for Csv {
    type In = Line;
    type Out = Outlet<Record>;

    async fn handle(&mut self, line: Line, out: &mut Outlet<Record>) -> Result {
        self.parse(&line, out)
    }

    #[inline]
    fn handle_now(&mut self, line: Line, out: &mut Outlet<Record>) -> Now<Line> {
        Now::Done(self.parse(&line, out))
    }

    /// Every further line would fail as well, so no more are taken.
    fn is_finished(&self) -> bool {
        self.unusable.is_some()
    }

    /// A header that cannot be used is no bad line, whatever `on_error` says of those: the run fails.
    async fn on_end(&mut self, _: &mut Outlet<Record>) -> Result {
        match self.unusable.take() {
            Some(problem) => Err(problem.into()),
            None => Ok(()),
        }
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }

    fn check(&self, checks: &mut Checks) {
        let settings = &self.settings;
        for (key, character) in [("delimiter", settings.delimiter), ("quote", settings.quote)] {
            if !character.is_ascii() || matches!(character, '\n' | '\r') {
                checks.error(key, format!("{character:?} cannot be used here; take another ASCII character"));
            }
        }
        if settings.delimiter == settings.quote {
            checks.error("quote", "delimiter and quote must differ");
        }
        match &settings.columns {
            Some(columns) if columns.is_empty() => {
                checks.error("columns", "name at least one column, or leave it out to use the header");
            }
            Some(columns) => {
                if let Err(problem) = Layout::of_names(columns.clone(), settings) {
                    checks.error("columns", problem);
                }
            }
            None if settings.header == Some(false) => {
                checks.error("columns", "without a header, the names of the columns must be given");
            }
            None => {}
        }
    }
}
