//! Messages on standard output.

use super::encoder::{Encoder, Format};
use super::written::Written;
use crate::handover::{Outflow, SharedStdout};
use crate::settings::{one_instance, settings};
use schemars::JsonSchema;
use serde::Deserialize;
use std::io;
use std::marker::PhantomData;
use tidegate::time::Duration;
use tidegate::{Checks, Consumer, Now, Result};

/// Writes messages to standard output: records as JSON, lines and numbers as they are.
///
/// When whoever reads them has enough, as in `tidegate run | head`, the actor finishes early, and that is no error.
///
/// ```toml
/// [consumers.print]
/// actor = "stdout"
/// inputs = ["parse"]
/// ```
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "stdout")]
pub struct StdoutSettings {
    /// The format. By default records are written as JSON lines, lines and numbers as they are.
    #[serde(default)]
    pub format: Option<Format>,
}

/// How long a row waits at most for others to go out with.
const FLUSH_EVERY: Duration = Duration::from_millis(100);

/// A consumer that writes messages to standard output; see [`StdoutSettings`].
///
/// Writing happens on a thread, so that a reader who stops reading holds up nobody but this actor and those who
/// send to it.
pub struct Stdout<T> {
    settings: StdoutSettings,
    encoder: Encoder,
    /// Messages in the buffer.
    unwritten: usize,
    outflow: Option<Outflow>,
    /// Whether nobody reads any more.
    finished: bool,
    messages: PhantomData<fn(T)>,
}

settings! { Stdout<T: Written>: StdoutSettings }

impl<T: Written> Stdout<T> {
    /// A consumer that writes to standard output.
    pub fn new() -> Self {
        StdoutSettings::default().into()
    }

    /// Hands the buffer on.
    async fn flush(&mut self) -> Result {
        let Some(outflow) = self.outflow.as_mut().filter(|_| !self.finished) else { return Ok(()) };
        let block = std::mem::take(self.encoder.out());
        let written = if block.is_empty() && !outflow.has_ended() {
            Ok(())
        } else {
            outflow.write(block, self.unwritten).await
        };
        self.unwritten = 0;
        self.unless_closed(written)
    }

    /// Puts `message` into the buffer, and hands that on if it is full and the thread takes it at once.
    fn put(&mut self, message: &T) -> Result {
        self.encoder.write(message)?;
        self.unwritten += 1;
        if self.encoder.is_full()
            && let Some(outflow) = &mut self.outflow
        {
            outflow.write_now(self.encoder.out(), self.unwritten);
            if self.encoder.out().is_empty() {
                self.unwritten = 0;
            }
        }
        Ok(())
    }

    /// A closed pipe is a reader who has enough.
    fn unless_closed(&mut self, written: io::Result<()>) -> Result {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.finished = true;
                Ok(())
            }
            written => written.map_err(|error| format!("cannot write to standard output: {error}").into()),
        }
    }
}

impl<T: Written> Default for Stdout<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Written> From<StdoutSettings> for Stdout<T> {
    fn from(settings: StdoutSettings) -> Self {
        let encoder = Encoder::new(settings.format.unwrap_or_else(|| Format::of::<T>("")), None);
        Self { settings, encoder, unwritten: 0, outflow: None, finished: false, messages: PhantomData }
    }
}

impl<T: Written> Consumer for Stdout<T> {
    type In = T;

    async fn on_start(&mut self) -> Result {
        self.outflow = Some(Outflow::start(|| Ok(SharedStdout))?);
        Ok(())
    }

    async fn handle(&mut self, message: T) -> Result {
        if self.encoder.is_full() {
            self.flush().await?;
        }
        self.put(&message)
    }

    #[inline]
    fn handle_now(&mut self, message: T) -> Now<T> {
        if self.encoder.is_full() { Now::Later(message) } else { Now::Done(self.put(&message)) }
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(FLUSH_EVERY)
    }

    async fn on_tick(&mut self) -> Result {
        self.flush().await
    }

    async fn on_end(&mut self) -> Result {
        self.flush().await?;
        let closed = match &mut self.outflow {
            Some(outflow) => outflow.close().await,
            None => Ok(()),
        };
        self.unless_closed(closed)
    }

    /// What has not reached the system yet, would be lost with the program. What nobody reads any more is done.
    fn unsettled(&self) -> usize {
        match &self.outflow {
            Some(outflow) if !self.finished => self.unwritten + outflow.unwritten(),
            _ => 0,
        }
    }

    fn is_finished(&self) -> bool {
        self.finished
    }

    fn check(&self, checks: &mut Checks) {
        if self.settings.format == Some(Format::Csv) {
            one_instance(checks, "would write a header");
        }
        if self.settings.format == Some(Format::Csv) && !T::RECORDS {
            checks.error(
                "format",
                "only records can be written as CSV; turn lines into records with `csv` or `json`",
            );
        }
    }
}

/// Made to end: what is in the buffer still goes out, if that takes no waiting.
impl<T> Drop for Stdout<T> {
    fn drop(&mut self) {
        let rest = std::mem::take(self.encoder.out());
        if let Some(outflow) = self.outflow.as_mut().filter(|_| !rest.is_empty()) {
            outflow.write_last(rest);
        }
    }
}
