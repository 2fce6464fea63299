//! What keys do.

use super::state::{Action, Mode, Sort, State};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tidegate_monitor::client::Control;

/// Lines that a page is long.
const PAGE: usize = 10;

impl State {
    /// Does what a key says; what is to be done elsewhere is given back.
    pub(super) fn key(&mut self, key: KeyEvent) -> Option<Action> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control {
            // In raw mode, Ctrl-C is a key like any other. No other one with Ctrl means anything.
            return (key.code == KeyCode::Char('c')).then_some(Action::Quit);
        }
        // Whatever was said has been read.
        self.note = None;
        match self.mode {
            Mode::Filter => self.filter_key(key.code),
            Mode::Confirm => return self.confirm_key(key.code),
            Mode::Table | Mode::Details | Mode::Help => return self.main_key(key.code),
        }
        None
    }

    fn main_key(&mut self, code: KeyCode) -> Option<Action> {
        match code {
            KeyCode::Char('q') => return Some(Action::Quit),
            KeyCode::Esc if self.mode == Mode::Table => self.filter.clear(),
            KeyCode::Esc => self.turn_to(Mode::Table),
            KeyCode::Char('?') => {
                self.turn_to(if self.mode == Mode::Help { Mode::Table } else { Mode::Help })
            }
            KeyCode::Enter => {
                self.turn_to(if self.mode == Mode::Details { Mode::Table } else { Mode::Details });
            }
            KeyCode::Char('/') => self.turn_to(Mode::Filter),
            KeyCode::Up | KeyCode::Char('k') => self.select(|place, _| place.saturating_sub(1)),
            KeyCode::Down | KeyCode::Char('j') => self.select(|place, _| place + 1),
            KeyCode::Home => self.select(|_, _| 0),
            KeyCode::End => self.select(|_, last| last),
            KeyCode::PageUp => self.scroll_by(true),
            KeyCode::PageDown => self.scroll_by(false),
            KeyCode::Char('b') => self.sort = Sort::Pressure,
            KeyCode::Char('n') => self.sort = Sort::Name,
            KeyCode::Char('r') => self.sort = Sort::Rate,
            KeyCode::Char('f') => self.sort = Sort::Fill,
            KeyCode::Char('p') => return self.control(Control::Pause),
            KeyCode::Char('R') => return self.control(Control::Resume),
            KeyCode::Char('d') if self.may_control() => self.turn_to(Mode::Confirm),
            _ => {}
        }
        None
    }

    fn filter_key(&mut self, code: KeyCode) {
        match code {
            KeyCode::Enter => self.turn_to(Mode::Table),
            KeyCode::Esc => {
                self.filter.clear();
                self.turn_to(Mode::Table);
            }
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Char(character) => self.filter.push(character),
            _ => {}
        }
        self.pin();
    }

    fn confirm_key(&mut self, code: KeyCode) -> Option<Action> {
        self.turn_to(Mode::Table);
        match code {
            KeyCode::Char('y' | 'Y') => {
                self.note = Some("asked to drain".into());
                Some(Action::Control(Control::Drain(None)))
            }
            _ => {
                self.note = Some("not drained".into());
                None
            }
        }
    }

    fn turn_to(&mut self, mode: Mode) {
        self.mode = mode;
        self.scroll = 0;
    }

    /// Selects the actor at another place, worked out from the present one and the last.
    fn select(&mut self, to: impl Fn(usize, usize) -> usize) {
        let rows = self.rows();
        let last = rows.len().saturating_sub(1);
        let place = to(self.place(&rows), last).min(last);
        self.selected = rows.get(place).map(|row| row.name.clone());
    }

    /// The signals are scrolled from their end, everything else from its start. The one that draws knows the limit.
    fn scroll_by(&mut self, up: bool) {
        let more = up == (self.mode == Mode::Table);
        let most = if self.mode == Mode::Table { self.signals.len().saturating_sub(1) } else { 1000 };
        self.scroll = if more { (self.scroll + PAGE).min(most) } else { self.scroll.saturating_sub(PAGE) };
    }

    fn control(&mut self, verb: impl Fn(Option<String>) -> Control) -> Option<Action> {
        let actor = self.actor().filter(|_| self.may_control())?;
        Some(Action::Control(verb(Some(actor))))
    }

    fn may_control(&mut self) -> bool {
        let reason = if self.replayed {
            "this is a recording: it cannot be controlled"
        } else if self.has_ended() {
            "the run has ended: there is nothing to control"
        } else if self.lost.is_some() {
            "the connection is lost"
        } else {
            return true;
        };
        self.note = Some(reason.into());
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::sample::{chain, running};

    fn press(state: &mut State, code: KeyCode) -> Option<Action> {
        state.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn type_in(state: &mut State, text: &str) -> Vec<Action> {
        text.chars().filter_map(|character| press(state, KeyCode::Char(character))).collect()
    }

    fn names(state: &State) -> Vec<String> {
        state.rows().into_iter().map(|row| row.name).collect()
    }

    #[test]
    fn actors_are_sorted_by_pressure_name_rate_or_fill() {
        let mut state = running();
        assert_eq!(names(&state), ["store", "parse", "lines", "audit"], "who is busy before whom it holds");
        for (key, order) in [
            ('n', ["audit", "lines", "parse", "store"]),
            ('r', ["lines", "parse", "store", "audit"]),
            ('f', ["store", "parse", "audit", "lines"]),
            ('b', ["store", "parse", "lines", "audit"]),
        ] {
            press(&mut state, KeyCode::Char(key));
            assert_eq!(names(&state), order, "{key}");
        }
    }

    #[test]
    fn the_selection_moves_within_the_table_and_stays_with_its_actor() {
        let mut state = running();
        press(&mut state, KeyCode::Up);
        assert_eq!(state.actor().as_deref(), Some("store"));
        press(&mut state, KeyCode::Down);
        type_in(&mut state, "n");
        assert_eq!(state.actor().as_deref(), Some("parse"), "however they are sorted");
        press(&mut state, KeyCode::End);
        assert_eq!(state.actor().as_deref(), Some("store"));
        type_in(&mut state, "jjk");
        assert_eq!(state.actor().as_deref(), Some("parse"));
        press(&mut state, KeyCode::Home);
        assert_eq!(state.actor().as_deref(), Some("audit"));
    }

    #[test]
    fn the_cursor_stays_with_the_actor_it_was_on_in_the_first_frame() {
        let mut state = running();
        type_in(&mut state, "n");
        assert_eq!(state.actor().as_deref(), Some("store"), "although nobody moved it there");
        // Now `audit` is the busiest.
        let (mut seen, log) = chain(13.0, 12);
        let time = &mut seen.snapshot.actors["audit"].time;
        (time.idle_seconds, time.busy_seconds) = (12.0, 10.0);
        seen.snapshot.actors["store"].time.idle_seconds = 10.0;
        state.update(super::super::state::Update::Seen(Box::new(seen), log));
        type_in(&mut state, "b");
        assert_eq!((names(&state)[0].as_str(), state.actor().as_deref()), ("audit", Some("store")));
        assert_eq!(type_in(&mut state, "p"), [Action::Control(Control::Pause(Some("store".into())))]);
        // The same of the first one that a filter lets through.
        type_in(&mut state, "/i");
        press(&mut state, KeyCode::Enter);
        assert_eq!(
            (names(&state), state.actor()),
            (vec!["audit".into(), "lines".into()], Some("audit".into()))
        );
        type_in(&mut state, "r");
        assert_eq!((names(&state)[0].as_str(), state.actor().as_deref()), ("lines", Some("audit")));
    }

    #[test]
    fn the_selected_actor_is_paused_and_resumed() {
        let mut state = running();
        press(&mut state, KeyCode::Down);
        let actions = type_in(&mut state, "pR");
        let parse = || Some("parse".to_string());
        let expected = [Control::Pause(parse()), Control::Resume(parse())].map(Action::Control);
        assert_eq!(actions, expected);
    }

    #[test]
    fn a_drain_happens_only_after_a_yes() {
        let mut state = running();
        assert!(type_in(&mut state, "dn").is_empty());
        assert_eq!((state.mode.clone(), state.note.as_deref()), (Mode::Table, Some("not drained")));
        type_in(&mut state, "d");
        assert!(press(&mut state, KeyCode::Enter).is_none(), "only a y is a yes");
        assert_eq!(type_in(&mut state, "dy"), [Action::Control(Control::Drain(None))]);
    }

    #[test]
    fn what_cannot_be_controlled_says_why() {
        let mut state = running();
        state.replayed = true;
        assert!(type_in(&mut state, "pRdy").is_empty());
        press(&mut state, KeyCode::Char('p'));
        assert_eq!(state.note.as_deref(), Some("this is a recording: it cannot be controlled"));
        let mut state = running();
        state.snapshot.as_mut().unwrap().phase = tidegate::Phase::Ended;
        assert!(type_in(&mut state, "p").is_empty() && state.note.unwrap().starts_with("the run has ended"));
    }

    #[test]
    fn a_filter_is_typed_and_taken_back() {
        let mut state = running();
        assert!(type_in(&mut state, "/Sq").is_empty(), "letters are letters there");
        press(&mut state, KeyCode::Backspace);
        assert_eq!(
            (names(&state), state.filter.as_str()),
            (vec!["store".into(), "parse".into(), "lines".into()], "S")
        );
        press(&mut state, KeyCode::Enter);
        assert_eq!(type_in(&mut state, "jp"), [Action::Control(Control::Pause(Some("parse".into())))]);
        press(&mut state, KeyCode::Esc);
        assert_eq!(names(&state).len(), 4);
        type_in(&mut state, "/nobody");
        press(&mut state, KeyCode::Enter);
        assert!(names(&state).is_empty() && type_in(&mut state, "jkpR").is_empty());
    }

    #[test]
    fn details_and_help_are_opened_and_closed() {
        let mut state = running();
        for (key, mode) in [(KeyCode::Enter, Mode::Details), (KeyCode::Char('?'), Mode::Help)] {
            press(&mut state, key);
            assert_eq!(state.mode, mode);
            press(&mut state, KeyCode::Esc);
            assert_eq!(state.mode, Mode::Table);
            press(&mut state, key);
            press(&mut state, key);
            assert_eq!(state.mode, Mode::Table);
        }
    }

    #[test]
    fn q_and_ctrl_c_end_it_and_nothing_else_with_ctrl_does_anything() {
        let mut state = running();
        assert_eq!(press(&mut state, KeyCode::Char('q')), Some(Action::Quit));
        let control = |character| KeyEvent::new(KeyCode::Char(character), KeyModifiers::CONTROL);
        assert_eq!(state.key(control('d')), None);
        assert_eq!(state.mode, Mode::Table);
        press(&mut state, KeyCode::Char('/'));
        assert_eq!(state.key(control('c')), Some(Action::Quit));
    }

    #[test]
    fn who_scrolls_back_goes_on_seeing_the_same_signals() {
        let mut state = running();
        let before = state.signals.len();
        press(&mut state, KeyCode::PageUp);
        let scrolled = state.scroll;
        assert_eq!(scrolled, PAGE.min(before - 1));
        let (seen, log) = chain(13.0, before as u64);
        let more = log.records.len();
        state.update(super::super::state::Update::Seen(Box::new(seen), log));
        assert_eq!(state.scroll, scrolled + more);
        press(&mut state, KeyCode::PageDown);
        press(&mut state, KeyCode::PageDown);
        assert_eq!(state.scroll, 0);
    }
}
