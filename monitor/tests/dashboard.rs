//! The page in a real browser: Chromium without a window, over WebDriver.
//!
//! With `TIDEGATE_SCREENSHOTS=1` the pictures in docs/dashboard/ are made anew.

mod support;
#[path = "support/orders.rs"]
mod topology;

use fantoccini::Locator;
use serde_json::{Value, json};
use std::time::Duration;
use support::Shown;
use support::browser::{Page, browse};
use tidegate::{Handle, Snapshot, Topology};
use tidegate_monitor::Description;
use topology::{Pace, orders, two_hundred};

const DESK: (u32, u32) = (1440, 940);
const PHONE: (u32, u32) = (360, 780);
/// Enter, Tab and Escape, as WebDriver writes them.
const ENTER: &str = "\u{e007}";
const TAB: &str = "\u{e004}";
const ESCAPE: &str = "\u{e00c}";
const HOSTILE: &str = "<img src=x onerror=\"window.hacked=1\">'\"><script>window.hacked=1;alert(1)</script>";

fn shown(topology: Topology) -> (Shown, Handle) {
    let description = Description::of(&topology);
    let running = topology.start().expect("the topology starts");
    (Shown::new(description, &running), running)
}

fn end(running: &Handle) {
    running.stop();
    running.join();
}

fn open_snapshot(running: &Handle, actor: &str) -> u64 {
    running.snapshot().actors[actor].handled
}

#[test]
fn a_slow_consumer_turns_its_mailbox_and_the_links_before_it_and_a_fast_one_turns_them_back() {
    let pace = Pace::default();
    let (shown, running) = shown(orders(&pace));
    browse(shown.serve(), DESK, async |page| {
        page.until_kind("store", "open").await;
        page.until_held("enrich", "store", false).await;
        pace.set(40);
        page.until_kind("store", "pressured").await;
        page.until_held("enrich", "store", true).await;
        // It travels upstream.
        page.until_kind("parse", "pressured").await;
        page.until_held("orders", "parse", true).await;
        let names = "document.querySelectorAll('#timeline .mailbox-name')";
        page.until("the timeline shows all three", &format!("return {names}.length === 3")).await;
        let rows = "return [...document.querySelectorAll('#timeline .mailbox-name')].map((name) => name.textContent)";
        assert_eq!(
            page.run(rows).await,
            json!(["store", "enrich", "parse"]),
            "the producers' side comes last"
        );
        pace.set(0);
        page.until_kind("store", "open").await;
        page.until_kind("parse", "open").await;
        page.until_held("enrich", "store", false).await;
        page.until_held("orders", "parse", false).await;
    });
    end(&running);
}

#[test]
fn the_buttons_hold_an_actor_and_let_it_go() {
    let (shown, running) = shown(orders(&Pace::default()));
    browse(shown.token("secret").serve(), DESK, async |page| {
        page.click("[data-actor=enrich]").await;
        page.click("#panel [data-verb=pause]").await;
        // Controlling needs a token; it is asked for once.
        page.until("the token is asked for", "return document.getElementById('token').open").await;
        page.client
            .find(Locator::Css("#token-input"))
            .await
            .expect("the field")
            .send_keys(&format!("secret{ENTER}"))
            .await
            .expect("the token is typed");
        page.until_kind("enrich", "paused").await;
        let handled = open_snapshot(&running, "enrich");
        page.until_kind("parse", "pressured").await;
        assert_eq!(open_snapshot(&running, "enrich"), handled, "it handled something while it was held");
        page.click("#panel [data-verb=resume]").await;
        page.until_kind("enrich", "open").await;
        page.until_kind("parse", "open").await;
        assert!(open_snapshot(&running, "enrich") > handled);
        // The whole run: a drain is asked about, and the page shows the last state.
        page.click("#run-controls [data-verb=drain]").await;
        page.click("#confirm-yes").await;
        page.until(
            "it has ended",
            "return document.getElementById('banner').textContent.includes('has ended')",
        )
        .await;
        let controls = page.run("return document.getElementById('run-controls').hidden").await;
        assert_eq!(controls, true, "there is nothing to control any more");
    });
    running.join();
}

#[test]
fn hostile_names_and_texts_run_no_script() {
    let pace = Pace::default();
    pace.set(40);
    let (shown, running) = shown(orders(&pace));
    let hostile = |_: &Snapshot| {
        let root =
            json!({"actor": HOSTILE, "kind": HOSTILE, "share": 0.99, "holds": [HOSTILE], "advice": HOSTILE});
        json!({"summary": HOSTILE, "roots": [root]})
    };
    browse(shown.renamed("store", HOSTILE).verdict(hostile).serve(), DESK, async |page| {
        page.until(
            "the verdict is there",
            "return document.getElementById('verdict-text').textContent.includes('onerror')",
        )
        .await;
        page.until(
            "signals are there",
            "return document.querySelectorAll('#timeline .mailbox-name').length > 0",
        )
        .await;
        page.click("#verdict-roots button").await;
        page.click("#view-table").await;
        page.click(".log summary").await;
        page.click("#panel [data-verb=pause]").await;
        page.until(
            "the refusal is shown",
            "return document.getElementById('banner').textContent.includes('there is no actor')",
        )
        .await;
        let title = page.run("return document.getElementById('panel-title').textContent").await;
        assert_eq!(title, HOSTILE, "the name is shown as it is");
        assert_eq!(page.run("return window.hacked ?? 'no'").await, "no");
        assert_eq!(page.run("return document.querySelectorAll('img, body script').length").await, 0);
        assert!(page.client.get_alert_text().await.is_err(), "an alert is open");
        // A control: what the name would do where markup is made of it, the policy forbids as well.
        let markup =
            "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked=2\">')";
        page.run(markup).await;
        page.until("the picture failed", "return [...document.images].every((image) => image.complete)")
            .await;
        assert_eq!(
            page.run("return window.hacked ?? 'no'").await,
            "no",
            "the policy lets inline handlers run"
        );
    });
    end(&running);
}

#[test]
fn a_drawing_with_hostile_names_is_xml() {
    let (shown, running) = shown(orders(&Pace::default()));
    let mut description = json!(Description::of(&orders(&Pace::default())));
    let text = description.take().to_string().replace("\"store\"", &json!(HOSTILE).to_string());
    let svg = serde_json::from_str::<Description>(&text).expect("a description").to_svg();
    browse(shown.serve(), DESK, async |page| {
        let script = "const read = new DOMParser().parseFromString(arguments[0], 'image/svg+xml'); \
             return [read.querySelector('parsererror')?.textContent ?? '', read.documentElement.localName, \
             [...read.querySelectorAll('g > title')].map((title) => title.textContent)]";
        let read = page.client.execute(script, vec![json!(svg)]).await.expect("it is read");
        let names = json!(["orders", "parse", "enrich", HOSTILE, "summarise", "archive"]);
        assert_eq!(read, json!(["", "svg", names]));
    });
    end(&running);
}

#[test]
fn all_can_be_done_by_keyboard() {
    let (shown, running) = shown(orders(&Pace::default()));
    let focused = "return document.activeElement?.dataset?.actor ?? ''";
    browse(shown.serve(), DESK, async |page| {
        let mut tabs = 0;
        while page.run(focused).await == "" {
            assert!(tabs < 40, "no actor is reached by Tab");
            page.type_keys(TAB).await;
            tabs += 1;
        }
        assert_eq!(page.run(focused).await, "orders", "the first actor comes first");
        let outline = "return getComputedStyle(document.activeElement.querySelector('.halo')).stroke";
        assert_ne!(page.run(outline).await, "none", "the focus is not to be seen");
        // The arrow to the right.
        page.type_keys("\u{e014}").await;
        assert_eq!(page.run(focused).await, "parse");
        page.type_keys(ENTER).await;
        page.until("the panel opens", "return !document.getElementById('panel').hidden").await;
        assert_eq!(page.run("return document.getElementById('panel-title').textContent").await, "parse");
        assert_eq!(page.run("return document.activeElement.id").await, "panel-title");
        page.type_keys(ESCAPE).await;
        page.until("the panel closes", "return document.getElementById('panel').hidden").await;
        assert_eq!(page.run(focused).await, "parse", "the focus goes back to where it was");
    });
    end(&running);
}

#[test]
fn two_hundred_actors_are_shown() {
    let (shown, running) = shown(two_hundred());
    browse(shown.serve(), DESK, async |page| {
        assert_eq!(page.run("return document.querySelectorAll('[data-actor]').length").await, 200);
        assert_eq!(page.run("return document.querySelectorAll('.link').length").await, 190);
        page.until_kind("sink_9", "open").await;
        page.client
            .find(Locator::Css("#search"))
            .await
            .expect("search")
            .send_keys("sink_7")
            .await
            .expect("typed");
        page.until("others are faint", "return document.querySelectorAll('[data-faint]').length === 199")
            .await;
        page.type_keys(ENTER).await;
        page.until("it is found", "return document.getElementById('panel-title')?.textContent === 'sink_7'")
            .await;
        page.look("many").await;
    });
    end(&running);
}

/// What overflows the page to the right.
const OVERFLOW: &str = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";

#[test]
fn it_fits_on_a_phone() {
    let pace = Pace::default();
    pace.set(40);
    let (shown, running) = shown(orders(&pace));
    browse(shown.verdict(verdict).serve(), PHONE, async |page| {
        assert_eq!(page.run(OVERFLOW).await, 0, "the graph");
        page.until("rates are there", "return document.getElementById('rate-out').textContent !== '–'").await;
        page.until_kind("parse", "pressured").await;
        page.screenshot("phone").await;
        page.click("#view-table").await;
        assert_eq!(page.run(OVERFLOW).await, 0, "the table");
        page.look("phone-table").await;
        page.click("#table tbody tr:last-child button").await;
        page.until("the panel opens", "return !document.getElementById('panel').hidden").await;
        assert_eq!(page.run(OVERFLOW).await, 0, "the panel");
        page.look("phone-panel").await;
    });
    end(&running);
}

/// The verdict that fits what the tests do to this topology.
fn verdict(snapshot: &Snapshot) -> Value {
    let pressured =
        |name: &str| snapshot.actors[name].mailbox.as_ref().is_some_and(|mailbox| mailbox.pressured);
    if !pressured("store") {
        return json!({"summary": "Nothing is held up: messages are handled as fast as `orders` emits them.", "roots": []});
    }
    let advice = "two more instances would move the bottleneck to `parse`";
    let root = json!({
        "actor": "store", "kind": "busy", "share": 0.99, "holds": ["enrich", "parse", "orders"],
        "since_seconds": snapshot.elapsed_seconds - snapshot.actors["store"].time.busy_seconds,
        "advice": advice
    });
    json!({"summary": format!("`store` is busy 99 % and holds `enrich`, `parse` and `orders`; {advice}."), "roots": [root]})
}

#[test]
fn pictures_of_the_page() {
    let pace = Pace::default();
    let (shown, running) = shown(orders(&pace));
    // The pictures in docs/ show some past, too.
    let long = std::env::var_os("TIDEGATE_SCREENSHOTS").is_some();
    let ran = async |page: &Page, seconds: f64| {
        while long && running.snapshot().elapsed_seconds < seconds {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        page.run("return 0").await;
    };
    browse(shown.verdict(verdict).serve(), DESK, async |page| {
        ran(page, 14.0).await;
        page.until_kind("store", "open").await;
        page.until("rates are there", "return document.getElementById('rate-out').textContent !== '–'").await;
        page.resize(DESK.0, 780).await;
        page.screenshot("open").await;
        page.resize(DESK.0, DESK.1).await;
        for (slow, until) in [(14, 22.0), (0, 30.0), (25, 44.0)] {
            pace.set(slow);
            ran(page, until).await;
        }
        page.until_kind("parse", "pressured").await;
        page.click("[data-actor=store]").await;
        page.until_kind("store", "pressured").await;
        page.until("the panel is open", "return !document.getElementById('panel').hidden").await;
        page.screenshot("pressured").await;
        page.dark(true).await;
        page.until("it is dark", "return matchMedia('(prefers-color-scheme: dark)').matches").await;
        page.screenshot("dark").await;
        assert_eq!(page.run(OVERFLOW).await, 0);
    });
    end(&running);
}

#[test]
fn a_lost_connection_is_said_and_tried_again() {
    let (shown, running) = shown(orders(&Pace::default()));
    let offline = |offline: bool| json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    browse(shown.serve(), DESK, async |page| {
        let banner = "document.getElementById('banner')";
        assert_eq!(page.run(&format!("return {banner}.hidden")).await, true);
        page.devtools("Network.enable", json!({})).await;
        page.devtools("Network.emulateNetworkConditions", offline(true)).await;
        page.until("it is said", &format!("return {banner}.textContent.includes('connection is lost')"))
            .await;
        let boxes = page.run("return document.querySelectorAll('[data-actor]').length").await;
        assert_eq!(boxes, 6, "the last state stays");
        page.devtools("Network.emulateNetworkConditions", offline(false)).await;
        page.until("it is back", &format!("return {banner}.hidden")).await;
    });
    end(&running);
}

#[test]
fn a_recording_is_called_one_and_can_be_moved_in_but_not_controlled() {
    let (shown, running) = shown(orders(&Pace::default()));
    browse(shown.recorded().serve(), DESK, async |page| {
        page.until(
            "it is said",
            "return document.getElementById('banner').textContent.includes('recording')",
        )
        .await;
        assert_eq!(page.run("return document.getElementById('run-controls').hidden").await, true);
        page.click("[data-actor=store]").await;
        let controls = "return document.querySelector('#panel .buttons').hidden";
        assert_eq!(page.run(controls).await, true, "there is nothing to pause");
        page.until("the slider is there", "return !document.getElementById('replay').hidden").await;
        let slide = "const at = document.getElementById('replay-at'); at.value = 7.5; at.dispatchEvent(new Event('change'))";
        page.run(slide).await;
        let now = "return document.getElementById('replay-now').textContent === '7.5 s of 10 s'";
        page.until("it is there", now).await;
        page.click("#replay-play").await;
        let hold = "return document.getElementById('replay-play').textContent.includes('Hold')";
        page.until("it plays", hold).await;
        page.look("replay").await;
    });
    end(&running);
}

#[test]
fn links_move_unless_the_reader_wants_no_motion() {
    let (shown, running) = shown(orders(&Pace::default()));
    browse(shown.serve(), DESK, async |page| {
        let moves = "return getComputedStyle(document.querySelector('.link .moving')).animationName";
        page.until("messages flow", &format!("{moves} === 'flow'")).await;
        let still = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
        page.devtools("Emulation.setEmulatedMedia", still).await;
        assert_eq!(page.run(moves).await, "none");
    });
    end(&running);
}
