//! Nothing.

use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use std::marker::PhantomData;
use tidegate::{Consumer, Message, Now, Result};

/// Takes messages and does nothing with them; the report counts them.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "null")]
pub struct NullSettings {}

/// A consumer that does nothing with messages.
pub struct Null<T>(PhantomData<fn(T)>);

settings! { Null<T: Message>: NullSettings }

impl<T: Message> Null<T> {
    /// A consumer that does nothing with messages.
    pub fn new() -> Self {
        NullSettings {}.into()
    }
}

impl<T: Message> Default for Null<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<NullSettings> for Null<T> {
    fn from(NullSettings {}: NullSettings) -> Self {
        Self(PhantomData)
    }
}

impl<T: Message> Consumer for Null<T> {
    type In = T;

    #[inline]
    async fn handle(&mut self, _: T) -> Result {
        Ok(())
    }

    #[inline]
    fn handle_now(&mut self, _: T) -> Now<T> {
        Now::Done(Ok(()))
    }
}
