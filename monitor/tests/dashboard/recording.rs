//! The page of a recording: it plays, holds, and goes where it is told, with all that belongs to that moment.

use crate::browser::{Page, browse};
use crate::recorded::half_a_minute;
use crate::shown::serve;
use crate::{DESK, OVERFLOW, PHONE};
use serde_json::json;
use tidegate_monitor::recording::{Recording, Replay};

/// Takes the recording to a moment, as somebody does who moves the slider.
async fn go_to(page: &Page, seconds: f64) {
    let slide = format!(
        "const at = document.getElementById('replay-at'); at.value = {seconds}; \
         at.dispatchEvent(new Event('input')); at.dispatchEvent(new Event('change'))"
    );
    page.run(&slide).await;
    // As the page writes it: from 10 s on in whole seconds.
    let written = if seconds < 10.0 { seconds } else { seconds.round() };
    let there = format!("return document.getElementById('replay-now').textContent === '{written} s of 30 s'");
    page.until(&format!("it is at {seconds} s"), &there).await;
}

/// Waits until the signals in words are those of the recording up to a moment, the newest first.
async fn until_signals(page: &Page, recording: &Recording, seconds: f64) {
    let log = recording.signals_after(0, seconds);
    let said = log.records.iter().rev().take(50).map(|one| format!("{:.2} s", one.at_seconds));
    let said = json!(said.collect::<Vec<_>>());
    let script = format!(
        "const said = [...document.querySelectorAll('#signal-log li')].map((one) => one.firstChild.textContent.trim()); \
         return JSON.stringify(said) === JSON.stringify({said})"
    );
    page.until(&format!("the signals are those until {seconds} s: {said}"), &script).await;
}

/// Waits until the timeline has rows for these mailboxes.
async fn until_rows(page: &Page, names: &[&str]) {
    let rows = "[...document.querySelectorAll('#timeline .mailbox-name')].map((name) => name.textContent)";
    let wanted = json!(names);
    let script = format!("return JSON.stringify({rows}) === JSON.stringify({wanted})");
    page.until(&format!("the timeline shows {wanted}"), &script).await;
}

/// Waits until the chart of the depth has so many points.
async fn until_points(page: &Page, count: usize) {
    let chart = "[...document.querySelectorAll('#panel polyline.series')].at(-1).points.length";
    page.until(&format!("the chart has {count} points"), &format!("return {chart} === {count}")).await;
}

#[test]
fn a_recording_goes_where_it_is_told_with_all_that_belongs_to_that_moment() {
    let recording = half_a_minute();
    browse(&serve(Replay::new(half_a_minute()), None), DESK, async |page| {
        page.until(
            "it is said",
            "return document.getElementById('banner').textContent.includes('recording')",
        )
        .await;
        assert_eq!(page.run("return document.getElementById('run-controls').hidden").await, true);
        page.click("[data-actor=store]").await;
        let controls = "return document.querySelector('#panel .buttons').hidden";
        assert_eq!(page.run(controls).await, true, "there is nothing to pause");
        page.click(".log summary").await;
        let button = |label: &str| {
            format!("return document.getElementById('replay-play').textContent.includes('{label}')")
        };
        page.until("it plays", &button("Hold")).await;
        page.click("#replay-play").await;
        page.until("it stands still", &button("Play")).await;

        // Snapshots are a moment more than a second apart: the one at 14.5 s is the fifteenth.
        go_to(page, 14.5).await;
        page.until_kind("store", "pressured").await;
        page.until_held("enrich", "store", true).await;
        until_signals(page, &recording, 14.5).await;
        until_points(page, 14).await;
        let verdict = "return document.getElementById('verdict-text').textContent.startsWith('store')";
        page.until("the verdict is that of the moment", verdict).await;
        page.look("replay").await;

        // Back, to before the pressure began: nothing of what comes later is left.
        go_to(page, 5.5).await;
        page.until_kind("store", "open").await;
        page.until_held("enrich", "store", false).await;
        until_signals(page, &recording, 5.5).await;
        until_rows(page, &[]).await;
        until_points(page, 5).await;
        let well = "return document.getElementById('verdict').dataset.kind === 'well'";
        page.until("the verdict is that of the moment", well).await;

        // Forward, over all of it.
        go_to(page, 27.5).await;
        until_signals(page, &recording, 27.5).await;
        until_rows(page, &["store", "enrich", "parse"]).await;
        until_points(page, 27).await;
        page.until_kind("store", "open").await;

        // It plays to its end, and from there from its start.
        page.click("#replay-play").await;
        page.until(
            "it is at its end",
            "return document.getElementById('replay-now').textContent === '30 s of 30 s'",
        )
        .await;
        page.until("it stands still", &button("Play")).await;
        until_signals(page, &recording, 30.5).await;
        page.click("#replay-play").await;
        page.until("it plays", &button("Hold")).await;
        until_rows(page, &[]).await;
        until_signals(page, &recording, 0.0).await;
    });
}

#[test]
fn what_somebody_else_does_to_a_recording_is_followed() {
    let recording = half_a_minute();
    let server = serve(Replay::new(half_a_minute()), None);
    let address = server.address();
    let ask = |body: &str| {
        let sent =
            ureq::post(format!("http://{address}/api/replay")).content_type("application/json").send(body);
        assert_eq!(sent.expect("an answer").status(), 200);
    };
    ask("{\"at\": 25.5, \"paused\": true}");
    browse(&server, PHONE, async |page| {
        page.click(".log summary").await;
        until_signals(page, &recording, 25.5).await;
        ask("{\"at\": 5.5}");
        until_signals(page, &recording, 5.5).await;
        until_rows(page, &[]).await;
        ask("{\"at\": 14.5}");
        until_signals(page, &recording, 14.5).await;
        page.until_kind("store", "pressured").await;
        assert_eq!(page.run(OVERFLOW).await, 0, "on a phone");
    });
}
