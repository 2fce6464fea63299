//! Two inputs, pair by pair.

use crate::message::{Fields, Line, Record};
use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use tidegate::{Checks, Join, Message, OnError, Outlet, Result, Side};

/// Puts the first message of its first input together with the first of its second, then the second of each, and so on:
/// records become one with the fields of both, lines one line.
///
/// It ends when either input has ended; what the other has beyond that counts as dropped. Two records of which a field
/// has the same name in both are a failed message, unless a prefix tells them apart.
///
/// ```toml
/// [stages.both]
/// actor = "zip"
/// inputs = ["prices", "amounts"]
/// right_prefix = "amount_"
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "zip")]
pub struct ZipSettings {
    /// Comes before the names of the fields of the first input.
    #[serde(default)]
    pub left_prefix: String,
    /// Comes before the names of the fields of the second input.
    #[serde(default)]
    pub right_prefix: String,
    /// Stands between two lines.
    #[serde(default = "tab")]
    pub separator: String,
}

fn tab() -> String {
    "\t".into()
}

/// A stage that puts messages of two inputs together, pair by pair; see [`ZipSettings`]. In code, `tidegate::zip` does so for
/// messages of any types.
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate_actors::{Line, Zip};
///
/// let lines = |texts: [&str; 2]| iter(texts.map(Line::from));
/// let report = Topology::new("pairs")
///     .producer("names", lines(["high", "low"]))
///     .producer("metres", lines(["6.8", "1.2"]))
///     .join("both", Zip::<Line>::default(), "names", "metres")
///     .consumer("print", for_each(|line: Line| println!("{line}")))
///     .start()?
///     .join();
/// assert_eq!(report.actors["print"].handled, 2);
/// # Ok::<(), tidegate::StartError>(())
/// ```
pub struct Zip<T: Zipped> {
    settings: ZipSettings,
    /// The message that waits for its partner.
    left: Option<T>,
    /// Which inputs have ended.
    ended: (bool, bool),
    known: T::Known,
}

settings! { Zip<T: Zipped>: ZipSettings }

impl<T: Zipped> Zip<T> {
    /// A stage that puts these before the names of the fields of its first and second input.
    pub fn prefixed(left: &str, right: &str) -> Self {
        ZipSettings { left_prefix: left.into(), right_prefix: right.into(), separator: tab() }.into()
    }
}

impl<T: Zipped> Default for Zip<T> {
    fn default() -> Self {
        Self::prefixed("", "")
    }
}

impl<T: Zipped> From<ZipSettings> for Zip<T> {
    fn from(settings: ZipSettings) -> Self {
        Self { settings, left: None, ended: (false, false), known: T::Known::default() }
    }
}

/// Messages of which two can be made one.
pub trait Zipped: Message {
    /// What is remembered from pair to pair.
    type Known: Default + Send;

    /// The one made of two.
    ///
    /// # Errors
    /// When they do not go together.
    fn together(self, right: Self, settings: &ZipSettings, known: &mut Self::Known) -> Result<Self>;
}

impl Zipped for Line {
    type Known = ();

    fn together(self, right: Self, settings: &ZipSettings, (): &mut ()) -> Result<Self> {
        Ok(Self::from(format!("{self}{}{right}", settings.separator)))
    }
}

/// The names of the fields of pairs, as long as the kinds of both records stay the same.
#[derive(Default)]
pub struct KnownFields(Option<[Arc<Fields>; 3]>);

impl Zipped for Record {
    type Known = KnownFields;

    fn together(self, right: Self, settings: &ZipSettings, known: &mut KnownFields) -> Result<Self> {
        let (left_fields, mut values, origin) = self.into_parts();
        let (right_fields, right_values, _) = right.into_parts();
        let fields = known.of(&left_fields, &right_fields, settings)?;
        values.extend(right_values);
        Ok(Self::with_fields(fields, values).read_at(origin))
    }
}

impl KnownFields {
    fn of(&mut self, left: &Arc<Fields>, right: &Arc<Fields>, settings: &ZipSettings) -> Result<Arc<Fields>> {
        if let Some([known_left, known_right, both]) = &self.0
            && Arc::ptr_eq(known_left, left)
            && Arc::ptr_eq(known_right, right)
        {
            return Ok(both.clone());
        }
        let named = |prefix: &str, fields: &Fields| -> Vec<String> {
            fields.names().map(|name| format!("{prefix}{name}")).collect()
        };
        let (mut names, others) = (named(&settings.left_prefix, left), named(&settings.right_prefix, right));
        if let Some(name) = others.iter().find(|name| names.contains(name)) {
            return Err(format!(
                "both records of a pair have a field `{name}`; tell them apart with `right_prefix`"
            )
            .into());
        }
        names.extend(others);
        let both = Fields::new(names);
        self.0 = Some([left.clone(), right.clone(), both.clone()]);
        Ok(both)
    }
}

impl<T: Zipped> Join for Zip<T> {
    type Left = T;
    type Right = T;
    type Out = Outlet<T>;

    fn wants(&self) -> Side {
        if self.left.is_some() { Side::Right } else { Side::Left }
    }

    async fn left(&mut self, message: T, _: &mut Outlet<T>) -> Result {
        self.left = Some(message);
        Ok(())
    }

    async fn right(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        let left = self.left.take().ok_or("the second of a pair came before the first")?;
        out.emit(left.together(message, &self.settings, &mut self.known)?);
        Ok(())
    }

    fn on_side_end(&mut self, side: Side) {
        match side {
            Side::Left => self.ended.0 = true,
            Side::Right => self.ended.1 = true,
        }
    }

    fn is_finished(&self) -> bool {
        self.ended.1 || self.ended.0 && self.left.is_none()
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }

    fn unmatched(&self) -> usize {
        self.held()
    }

    async fn on_end(&mut self, _: &mut Outlet<T>) -> Result {
        self.left = None;
        Ok(())
    }

    fn max_held(&self) -> usize {
        1
    }

    fn held(&self) -> usize {
        usize::from(self.left.is_some())
    }

    fn check(&self, checks: &mut Checks) {
        let ZipSettings { left_prefix, right_prefix, .. } = &self.settings;
        if !left_prefix.is_empty() && left_prefix == right_prefix {
            checks.warning("right_prefix", "is the same as `left_prefix`, so it tells no fields apart");
        }
    }
}
