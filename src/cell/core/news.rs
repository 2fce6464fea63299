//! What the links and operators of a cell say, and what of it the actor is to be told.

use super::Core;
use crate::actor::Reaction;
use crate::cell::controls::Setting;
use crate::message::Message;
use crate::outlet::PortSet;
use crate::outlet::room::{self, Unwanted};
use crate::signal::{Signal, SignalKind};
use crate::sync::Arc;

impl<T: Message, P: PortSet> Core<T, P> {
    /// Looks at what control has to say.
    pub(in crate::cell) fn attend(&mut self) {
        for link in self.controls.attend() {
            let Some(signal) = link.receive() else { continue };
            self.news.retain(|(other, _)| !Arc::ptr_eq(other, &link));
            // A Resume is no news to an actor that has not heard of the Backpressure before it. So it is when a cell asks
            // for the last place in a mailbox, and gives it back because its actor waits for something else.
            if signal.kind() == SignalKind::Backpressure || link.was_told_to_hold() {
                if signal.kind() == SignalKind::Backpressure && self.reaction == Reaction::Pause {
                    link.obeys();
                }
                self.news.push_back((link, signal));
            }
        }
        self.retiring = self.controls.is_retiring();
        self.settings.extend(self.controls.take_settings());
        self.unwanted = room::ended(&mut self.ports.0);
        self.held_by_links = self.reaction == Reaction::Pause && room::is_held(&mut self.ports);
        self.paused = self.controls.is_held() || (self.held_by_links && self.output.is_none());
    }

    /// The next signal to tell the actor; a panic of its hook will be named.
    pub(in crate::cell) fn next_news(&mut self) -> Option<Signal> {
        let (link, signal) = self.news.pop_front()?;
        link.tells(signal.kind());
        self.told.retain(|(other, _)| !Arc::ptr_eq(other, &link));
        self.hook = match signal.kind() {
            SignalKind::Backpressure => {
                self.told.push((link, signal.clone()));
                "on_backpressure"
            }
            SignalKind::Resume => "on_resume",
        };
        if self.pace.is_some() {
            let held = room::is_held(&mut self.ports);
            self.pace.iter_mut().for_each(|pace| pace.hear(signal.kind(), held));
        }
        Some(signal)
    }

    /// The actor was made anew: it is told what holds it, and not what is over.
    pub(in crate::cell) fn tell_anew(&mut self) {
        self.news.retain(|(_, signal)| signal.kind() == SignalKind::Backpressure);
        for (link, signal) in self.told.drain(..).rev() {
            link.tells(SignalKind::Resume);
            if link.is_held() && !self.news.iter().any(|(other, _)| Arc::ptr_eq(other, &link)) {
                self.news.push_front((link, signal));
            }
        }
    }

    /// Whether somebody takes what the actor emits; if not, why.
    pub(in crate::cell) fn unwanted(&self) -> Option<Unwanted> {
        self.unwanted
    }

    /// Whether there is anything to tell the actor.
    pub(in crate::cell) fn has_news(&self) -> bool {
        !self.news.is_empty() || !self.settings.is_empty()
    }

    /// Has the actor take over what was set; whether anything was.
    pub(in crate::cell) fn change_settings(
        &mut self,
        mut set: impl FnMut(&str, &serde_json::Value) -> crate::Result,
    ) -> bool {
        let any = !self.settings.is_empty();
        while let Some(Setting { key, value, reply }) = self.settings.pop_front() {
            self.hook = "set";
            reply(set(&key, &value).map_err(|error| error.to_string()));
        }
        any
    }

    pub(in crate::cell) fn is_held_by_links(&self) -> bool {
        self.held_by_links
    }

    /// Whether nobody takes any more what the actor emits.
    pub(in crate::cell) fn is_unwanted(&self) -> bool {
        self.unwanted.is_some()
    }

    /// Whether nothing may be sent.
    pub(in crate::cell) fn holds_back(&self) -> bool {
        self.paused || self.held_by_links
    }
}
