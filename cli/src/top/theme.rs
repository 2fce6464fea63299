//! Colours: the basic ones of the terminal, which fit light and dark backgrounds, and always beside letters and signs.

use ratatui::style::{Color, Modifier, Style};
use tidegate::ActorState;

/// What things look like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theme {
    /// Whether colours may be used; without them there is bold and reversed text.
    pub(super) colour: bool,
}

impl Theme {
    fn with(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    /// Titles, and what is to be read first.
    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What can be passed over.
    pub(super) fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// The selected actor.
    pub(super) fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// What is wrong.
    pub(super) fn alarm(self) -> Style {
        self.with(Color::Red).add_modifier(Modifier::BOLD)
    }

    pub(super) fn busy(self) -> Style {
        self.with(Color::Green)
    }

    pub(super) fn blocked(self) -> Style {
        self.with(Color::Magenta)
    }

    /// A mailbox, or a signal, that is pressured or not.
    pub(super) fn mailbox(self, pressured: bool) -> Style {
        self.with(if pressured { Color::Red } else { Color::Green })
    }

    pub(super) fn state(self, state: ActorState) -> Style {
        match state {
            ActorState::Failed | ActorState::Stuck | ActorState::Restarting => self.alarm(),
            ActorState::Paused | ActorState::Waiting => self.blocked(),
            _ => Style::new(),
        }
    }
}
