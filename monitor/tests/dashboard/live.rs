//! The page of a run: what it shows, and how one gets about in it.

use crate::browser::browse;
use crate::orders::{Pace, orders, two_hundred};
use crate::{DESK, end, shown};
use fantoccini::Locator;
use serde_json::json;

/// Enter, Tab and Escape, as WebDriver writes them.
pub const ENTER: &str = "\u{e007}";
const TAB: &str = "\u{e004}";
const ESCAPE: &str = "\u{e00c}";

#[test]
fn a_slow_consumer_turns_its_mailbox_and_the_links_before_it_and_a_fast_one_turns_them_back() {
    let pace = Pace::default();
    let (shown, running) = shown(orders(&pace));
    browse(&shown.serve(), DESK, async |page| {
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
fn all_can_be_done_by_keyboard() {
    let (shown, running) = shown(orders(&Pace::default()));
    let focused = "return document.activeElement?.dataset?.actor ?? ''";
    browse(&shown.serve(), DESK, async |page| {
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
    browse(&shown.serve(), DESK, async |page| {
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

#[test]
fn a_lost_connection_is_said_and_tried_again() {
    let (shown, running) = shown(orders(&Pace::default()));
    let offline = |offline: bool| json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    browse(&shown.serve(), DESK, async |page| {
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
fn links_move_unless_the_reader_wants_no_motion() {
    let (shown, running) = shown(orders(&Pace::default()));
    browse(&shown.serve(), DESK, async |page| {
        let moves = "return getComputedStyle(document.querySelector('.link .moving')).animationName";
        page.until("messages flow", &format!("{moves} === 'flow'")).await;
        let still = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
        page.devtools("Emulation.setEmulatedMedia", still).await;
        assert_eq!(page.run(moves).await, "none");
    });
    end(&running);
}
