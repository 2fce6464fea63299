//! A message that could not be handled, as an ordinary message.

use crate::message::{Message, MessageType, Weigh};
use crate::sync::{Arc, Mutex, lock};
use std::any::Any;
use std::fmt;
use std::time::SystemTime;

/// The port every stage and consumer has for messages it could not handle.
pub(crate) const DEAD_LETTERS: &str = "dead_letters";

/// A message an actor failed to handle, with the reason.
///
/// Every stage and consumer has a port `dead_letters` of this type: a consumer with
/// `inputs = ["parse.dead_letters"]` receives what `parse` could not handle.
///
/// ```
/// use tidegate::DeadLetter;
///
/// let letter = DeadLetter::new("parse", "not a number", 1, "x;y".to_string());
/// assert_eq!(letter.message::<String>().unwrap(), "x;y");
/// assert_eq!(letter.to_string(), r#"parse: not a number: "x;y""#);
/// ```
#[derive(Clone)]
pub struct DeadLetter {
    actor: Arc<str>,
    error: Arc<str>,
    attempts: u32,
    time: SystemTime,
    message: Arc<dyn Letter>,
}

impl DeadLetter {
    /// A dead letter of `message`, which `actor` failed to handle `attempts` times, the last time with `error`.
    pub fn new<T: Message>(actor: &str, error: &str, attempts: u32, message: T) -> Self {
        Self {
            actor: actor.into(),
            error: error.into(),
            attempts,
            time: SystemTime::now(),
            message: Arc::new(Mutex::new(message)),
        }
    }

    /// The actor that could not handle the message.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Why it could not.
    pub fn error(&self) -> &str {
        &self.error
    }

    /// How often it tried; 0 if its breaker was open.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// When it gave up, by the wall clock.
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// The type of the message.
    pub fn message_type(&self) -> MessageType {
        self.message.message_type()
    }

    /// A copy of the message, if it is a `T`.
    pub fn message<T: Message>(&self) -> Option<T> {
        self.message.copy().downcast().ok().map(|message| *message)
    }

    /// The message as its `Debug` writes it.
    pub fn rendered(&self) -> String {
        self.message.rendered()
    }
}

impl fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetter")
            .field("actor", &self.actor)
            .field("error", &self.error)
            .field("attempts", &self.attempts)
            .field("message", &format_args!("{}", self.rendered()))
            .finish_non_exhaustive()
    }
}

impl fmt::Display for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.actor, self.error, self.rendered())
    }
}

impl Weigh for DeadLetter {
    fn weight(&self) -> usize {
        self.error.len() + self.rendered().len()
    }
}

/// A message whose type is forgotten. The lock lets `Send` messages be shared; it is taken on rare paths only.
trait Letter: Send + Sync {
    fn rendered(&self) -> String;
    fn message_type(&self) -> MessageType;
    fn copy(&self) -> Box<dyn Any>;
}

impl<T: Message> Letter for Mutex<T> {
    fn rendered(&self) -> String {
        format!("{:?}", lock(self))
    }

    fn message_type(&self) -> MessageType {
        MessageType::of::<T>()
    }

    fn copy(&self) -> Box<dyn Any> {
        Box::new(lock(self).clone())
    }
}
