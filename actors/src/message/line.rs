//! A line of text.

use super::{Origin, Source};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use tidegate::{Keyed, Weigh};

/// A line of text without its line ending, and where it was read. Copies share the text.
///
/// ```
/// use tidegate_actors::{Line, Source};
///
/// let line = Line::read(&Source::new("tides.txt"), 7, "high water");
/// assert_eq!(line.text(), "high water");
/// assert_eq!(line.origin().unwrap().to_string(), "tides.txt:7");
/// assert_eq!(Line::from("low water").origin(), None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    text: Arc<str>,
    origin: Option<Origin>,
}

impl Line {
    /// Line `number` of `source`, counted from 1.
    pub fn read(source: &Arc<Source>, number: u64, text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), origin: Some(Origin::new(source.clone(), number)) }
    }

    /// The text, without the line ending.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, to share.
    pub fn shared_text(&self) -> &Arc<str> {
        &self.text
    }

    /// Where it was read; `None` for a line that was made up.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self { text: text.into(), origin: None }
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self { text: text.into(), origin: None }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{origin}: {:?}", self.text),
            None => write!(f, "{:?}", self.text),
        }
    }
}

impl Weigh for Line {
    fn weight(&self) -> usize {
        self.text.len()
    }
}

/// The key `path` is the path the line was read from, `line` its number there; anything else is the whole text.
impl Keyed for Line {
    fn key(&self, field: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        match (field, &self.origin) {
            ("path", Some(origin)) => origin.path().hash(&mut hasher),
            ("line", Some(origin)) => origin.line().hash(&mut hasher),
            _ => self.text.hash(&mut hasher),
        }
        hasher.finish()
    }
}
