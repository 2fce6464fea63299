//! Pausing, resuming and draining from the page; and names that want to do more than that.

use crate::browser::browse;
use crate::live::ENTER;
use crate::orders::{Pace, orders};
use crate::shown::{Shown, serve};
use crate::{DESK, end, shown};
use fantoccini::Locator;
use serde_json::json;
use tidegate::Handle;
use tidegate_monitor::Description;

const HOSTILE: &str = "<img src=x onerror=\"window.hacked=1\">'\"><script>window.hacked=1;alert(1)</script>";

fn handled(running: &Handle, actor: &str) -> u64 {
    running.snapshot().actors[actor].handled
}

#[test]
fn the_buttons_hold_an_actor_and_let_it_go() {
    let (shown, running) = shown(orders(&Pace::default()));
    browse(&serve(shown, Some("secret")), DESK, async |page| {
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
        let before = handled(&running, "enrich");
        page.until_kind("parse", "pressured").await;
        page.until(
            "the verdict says who",
            "return document.getElementById('verdict-roots').textContent.startsWith('enrich paused')",
        )
        .await;
        assert_eq!(handled(&running, "enrich"), before, "it handled something while it was held");
        page.click("#panel [data-verb=resume]").await;
        page.until_kind("enrich", "open").await;
        page.until_kind("parse", "open").await;
        assert!(handled(&running, "enrich") > before);
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
    let alerts = json!({"slow": {"when": "store.mailbox.fill > 0.1", "for": "1s"}});
    let (shown, running) = Shown::start(orders(&pace), alerts);
    browse(&shown.renamed("store", HOSTILE).serve(), DESK, async |page| {
        for (what, place) in
            [("the verdict", "verdict-text"), ("its root", "verdict-roots"), ("the alert", "alerts")]
        {
            let script = format!("return document.getElementById('{place}').textContent.includes('onerror')");
            page.until(&format!("{what} is there"), &script).await;
        }
        page.until(
            "signals are there",
            "return document.querySelectorAll('#timeline .mailbox-name').length > 0",
        )
        .await;
        page.click("#verdict-roots button").await;
        page.click("#view-table").await;
        page.click(".log summary").await;
        page.click("#panel [data-verb=drain]").await;
        page.click("#confirm-yes").await;
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
    browse(&shown.serve(), DESK, async |page| {
        let script = "const read = new DOMParser().parseFromString(arguments[0], 'image/svg+xml'); \
             return [read.querySelector('parsererror')?.textContent ?? '', read.documentElement.localName, \
             [...read.querySelectorAll('g > title')].map((title) => title.textContent)]";
        let read = page.client.execute(script, vec![json!(svg)]).await.expect("it is read");
        let names = json!(["orders", "parse", "enrich", HOSTILE, "summarise", "archive"]);
        assert_eq!(read, json!(["", "svg", names]));
    });
    end(&running);
}
