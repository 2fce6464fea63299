//! One input after the other.

use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use std::marker::PhantomData;
use tidegate::{Join, Message, Outlet, Result, Side};

/// Passes on all messages of its first input, and when that has ended, all of its second, which waits until then.
///
/// ```toml
/// [stages.all]
/// actor = "concat"
/// inputs = ["history", "news"]
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "concat")]
pub struct ConcatSettings {}

/// A stage that puts one input after the other; see [`ConcatSettings`]. In code, `tidegate::concat` does the same.
pub struct Concat<T>(PhantomData<fn(T)>);

settings! { Concat<T: Message>: ConcatSettings }

impl<T> From<ConcatSettings> for Concat<T> {
    fn from(ConcatSettings {}: ConcatSettings) -> Self {
        Self(PhantomData)
    }
}

impl<T: Message> Join for Concat<T> {
    type Left = T;
    type Right = T;
    type Out = Outlet<T>;

    fn wants(&self) -> Side {
        Side::Left
    }

    fn one_after_the_other(&self) -> bool {
        true
    }

    async fn left(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        out.emit(message);
        Ok(())
    }

    async fn right(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        out.emit(message);
        Ok(())
    }
}
