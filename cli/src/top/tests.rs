//! What is on the screen, to the letter.

use super::sample::{chain, running};
use super::state::{Mode, State, Update};
use super::view::{draw, plain, text};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use tidegate::Phase;

fn buffer(state: &State, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(state, frame.area(), frame.buffer_mut())).unwrap();
    terminal.backend().buffer().clone()
}

fn frame(state: &State, width: u16, height: u16) -> String {
    plain(&buffer(state, width, height))
}

/// The line with `part` in it.
fn line(frame: &str, part: &str) -> String {
    frame.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("no {part} in:\n{frame}")).into()
}

const WIDE: &str = "
 tidegate top  flights  running  12.0 s  4 actors  http://127.0.0.1:9090
 `store` is busy 100 % and holds `parse` and `lines` since 4.0 s; two more
 instances would help
 actor    state      rate/s time       fill            depth   p99 held by
>store ×2 running      1.2k bbbbbbbbbb #########.!     60/64  48ms
 parse    paused       1.2k bbbhhhhhhh ########..!  820/1024 650ms store
 lines    paused       5.0k bhhhhhhhhh                             parse
 audit    running         0 .......... .......|..       0/16   0us
 -- signals --------------------------------------------------------------------
      9.125  Resume        store -> parse  32/64
      9.250  Resume        parse -> lines  512/1024
      9.375  Backpressure  store -> parse  52/64  full
      9.500  Backpressure  parse -> lines  820/1024  full
     10.125  Resume        store -> parse  32/64
     10.250  Resume        parse -> lines  512/1024
     10.375  Backpressure  store -> parse  52/64  full
     10.500  Backpressure  parse -> lines  820/1024  full
     11.125  Resume        store -> parse  32/64
     11.250  Resume        parse -> lines  512/1024
     11.375  Backpressure  store -> parse  52/64  full
     11.500  Backpressure  parse -> lines  820/1024  full


 q quit  ? help  Enter details  p pause  R resume  d drain  by blocked/busy
";

#[test]
fn a_chain_under_pressure_in_a_terminal_of_80_by_24() {
    assert_eq!(frame(&running(), 80, 24), WIDE[1..]);
}

#[test]
fn the_screen_in_the_documentation_is_this_one() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/terminal.md")).unwrap();
    assert!(page.contains(WIDE), "docs/terminal.md does not show:\n{WIDE}");
    for key in ["PageUp", "`/`", "`p`", "`R`", "`d`", "`b`", "`n`", "`r`", "`f`", "`q`", "`?`"] {
        assert!(page.contains(key), "docs/terminal.md does not tell what {key} does");
    }
}

#[test]
fn a_terminal_of_40_columns_has_the_columns_that_matter_most() {
    let expected = "
 tidegate top  flights  running  12.0 s
 `store` is busy 100 % and holds
 `parse` and `lines` since 4.0 s; two …
 actor    rate/s time  fill   held by
>store ×2   1.2k bbbbb ####.!
 parse      1.2k bbhhh ####.! store
 lines      5.0k bhhhh        parse
 audit         0 ..... ...|.
 -- signals ----------------------------
     11.375  Backpressure  store -> pars
     11.500  Backpressure  parse -> line
 q quit  ? help  Enter details  p pause
";
    assert_eq!(frame(&running(), 40, 12), expected[1..]);
}

#[test]
fn a_low_terminal_has_the_actors_and_no_signals() {
    let expected = "
 tidegate top  flights  running  12.0 s  4 actors  http://127.
 `store` is busy 100 % and holds `parse` and `lines` since …
 actor    state      rate/s time       fill        held by
>store ×2 running      1.2k bbbbbbbbbb #########.!
 parse    paused       1.2k bbbhhhhhhh ########..! store
 q quit  ? help  Enter details  p pause  R resume  d drain  by
";
    assert_eq!(frame(&running(), 62, 6), expected[1..]);
}

#[test]
fn the_selected_actor_is_always_on_the_screen() {
    let mut state = running();
    state.selected = Some("audit".into());
    assert!(frame(&state, 80, 6).contains(">audit"));
    assert!(!frame(&state, 80, 6).contains(" store ×2"));
}

#[test]
fn no_size_and_no_mode_is_too_much() {
    let mut state = running();
    state.note = Some("something".into());
    for mode in [Mode::Table, Mode::Details, Mode::Filter, Mode::Confirm, Mode::Help] {
        state.mode = mode;
        for (width, height) in
            (0..=90).step_by(3).flat_map(|width| (0..=14).map(move |height| (width, height)))
        {
            buffer(&state, width, height);
        }
    }
    for mode in [Mode::Table, Mode::Details, Mode::Help] {
        let empty = State { mode, ..State::new("http://127.0.0.1:9090", true) };
        buffer(&empty, 80, 24);
    }
}

#[test]
fn details_tell_all_about_an_actor_and_fold_what_is_too_long() {
    let mut state = running();
    (state.selected, state.mode) = (Some("parse".into()), Mode::Details);
    let expected = "
 -- parse ----------------------------------------------------------------------
 stage, made of sample, 1 instance, paused
 now: busy 30 %, held up 70 %, idle 0 %; 1.2k/s handled, 1.2k/s emitted; held
   by store
 since the start: busy 3.60 s, held up 8.40 s, idle 0.000 s
   held up by store: full, 8.40 s
 messages: 15,000 received, 15,000 handled, 15,000 emitted
 mailbox: 820 of 1,024, pressured; pressured at 819, open at 512; peak 820;
   pressured for 6.00 s, 4 Backpressure, 3 Resume
 link lines -> parse: 1,200, held; waits p50 162ms, p90 325ms, p99 650ms, max
   650ms
 link parse -> store: 1,200, held; waits p50 12ms, p90 24ms, p99 48ms, max 48ms
 link parse.odd -> audit: 1,200, flows; waits p50 0us, p90 0us, p99 0us, max
   0us
";
    let shown = frame(&state, 80, 24);
    assert!(shown.contains(&expected[1..]), "{shown}");
}

#[test]
fn the_help_names_every_key_and_sign() {
    let mut state = running();
    state.mode = Mode::Help;
    let shown = frame(&state, 80, 24);
    for part in ["/  ", "PageUp", "p R", "d  ", "q, Ctrl-C", "b busy, h held up", "| the mark", "held by  "] {
        assert!(shown.contains(part), "{part}:\n{shown}");
    }
}

#[test]
fn the_end_of_a_run_is_told_and_its_last_state_stays() {
    let mut state = running();
    state.snapshot.as_mut().unwrap().phase = Phase::Ended;
    state.update(Update::Lost("nobody listens there any more, the run may have ended".into()));
    let shown = frame(&state, 80, 24);
    assert_eq!(
        line(&shown, "tidegate top"),
        " tidegate top  flights  ended  12.0 s  4 actors  http://127.0.0.1:9090"
    );
    assert!(line(&shown, "The run has ended").contains("this is its last state, q quits. `store` is busy"));
    assert!(shown.contains(">store"));
}

#[test]
fn a_lost_connection_is_told_until_it_is_back() {
    let mut state = running();
    state.update(Update::Lost("nobody listens there any more".into()));
    let shown = frame(&state, 80, 24);
    assert!(shown.contains(" Connection lost: nobody listens there any more; trying again.\n"), "{shown}");
    let (seen, log) = chain(13.0, 12);
    state.update(Update::Seen(Box::new(seen), log));
    assert!(!frame(&state, 80, 24).contains("Connection lost"));
}

#[test]
fn of_a_run_that_was_started_again_the_old_signals_are_gone() {
    let mut state = running();
    let (seen, log) = chain(2.0, 0);
    state.update(Update::Seen(Box::new(seen), log));
    assert_eq!((state.signals.len(), state.rates.seconds), (4, 2.0));
}

#[test]
fn what_is_asked_and_what_came_of_it_is_at_the_bottom() {
    let mut state = running();
    state.mode = Mode::Confirm;
    assert!(
        frame(&state, 80, 24).ends_with(" drain the run: producers stop, what is queued is handled? y/n\n")
    );
    state.mode = Mode::Filter;
    state.filter = "pa".into();
    assert!(frame(&state, 80, 24).ends_with(" /pa_  Enter keeps it, Esc shows all\n"));
    state.mode = Mode::Table;
    state.update(Update::Answer("`parse` is paused".into()));
    assert!(frame(&state, 80, 24).ends_with(" `parse` is paused\n"));
    state.filter = "nobody".into();
    assert!(frame(&state, 80, 24).contains(" no actor is called `nobody`; Esc shows all\n"));
}

#[test]
fn signals_are_scrolled_and_those_that_were_missed_are_counted() {
    let mut state = running();
    state.missed = 1234;
    state.scroll = 10;
    let shown = frame(&state, 80, 16);
    assert!(shown.contains(" -- signals, 1,234 more came too fast to be shown ---"));
    assert!(shown.contains(" 9.125 ") && !shown.contains(" 11.500 "), "{shown}");
}

#[test]
fn a_hostile_name_does_not_move_the_cursor() {
    let mut state = running();
    let snapshot = state.snapshot.as_mut().unwrap();
    let store = snapshot.actors["store"].clone();
    snapshot.actors.insert("\u{1b}[2J\nevil\u{7}".into(), store);
    state.filter = "evil".into();
    for mode in [Mode::Table, Mode::Details] {
        state.mode = mode;
        let shown = frame(&state, 80, 24);
        assert!(!shown.contains(['\u{1b}', '\u{7}']) && shown.contains("[2J evil"), "{shown}");
    }
}

#[test]
fn colours_are_the_basic_ones_and_none_where_none_are_wanted() {
    let mut state = running();
    let colours = |state: &State| {
        let buffer = buffer(state, 80, 24);
        let mut colours: Vec<Color> = buffer.content().iter().map(|cell| cell.fg).collect();
        colours.sort_by_key(|colour| format!("{colour}"));
        colours.dedup();
        assert!(buffer.content().iter().all(|cell| cell.bg == Color::Reset));
        // The selected actor can be told without colour.
        assert!(buffer[(1, 4)].modifier.contains(Modifier::REVERSED));
        colours
    };
    assert_eq!(colours(&state), [Color::Reset]);
    state.colour = true;
    assert_eq!(colours(&state), [Color::Green, Color::Magenta, Color::Red, Color::Reset]);
}

#[test]
fn as_text_it_has_all_actors_and_the_last_signals_and_no_keys() {
    let shown = text(&running(), 110);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 2 + 1 + 4 + 1 + 10);
    assert_eq!(
        lines[2],
        " actor    kind     state      rate/s time       fill            depth   p99 held by"
    );
    assert_eq!(lines[4], " parse    stage    paused       1.2k bbbhhhhhhh ########..!  820/1024 650ms store");
    assert_eq!(lines[17], "     11.500  Backpressure  parse -> lines  820/1024  full");
}
