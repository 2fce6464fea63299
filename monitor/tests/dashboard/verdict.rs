//! What the server works out, on the page: the verdict, alerts, waits, and the time before the page was opened.

use crate::browser::browse;
use crate::orders::{Pace, orders};
use crate::shown::Shown;
use crate::{DESK, end, shown};
use serde_json::json;

#[test]
fn the_verdict_and_an_alert_come_with_the_pressure_and_go_with_it() {
    let pace = Pace::default();
    let alerts = json!({
        "slow": {"when": "store.mailbox.fill > 0.5", "for": "3s"},
        "never": {"when": "store.mailbox.fill > 2", "for": "0s"},
    });
    let (shown, running) = Shown::start(orders(&pace), alerts);
    let well = "return document.getElementById('verdict').dataset.kind === 'well' \
         && document.getElementById('verdict-roots').hidden \
         && document.getElementById('verdict-text').textContent.startsWith('Nothing is held up')";
    let quiet =
        "const list = document.getElementById('alerts'); return list.hidden && list.children.length === 0";
    let alert = |state: &str| {
        let item = format!("document.querySelector('[data-alert=slow][data-state={state}]')");
        format!("return {item}?.checkVisibility() && {item}.textContent.includes('store.mailbox.fill > 0.5')")
    };
    let said = |what: &str| {
        format!("return document.getElementById('alerts-said').textContent === 'Alert slow is {what}.'")
    };
    browse(&shown.serve(), DESK, async |page| {
        page.until("all is well", well).await;
        assert_eq!(page.run(quiet).await, true, "an alert is shown where there is none");
        pace.set(40);
        page.until("the alert is pending", &alert("pending")).await;
        page.until("the alert fires", &alert("firing")).await;
        page.until("it is announced", &said("firing")).await;
        let alerts =
            page.run("return [...document.querySelectorAll('#alerts li')].map((one) => one.dataset.alert)");
        assert_eq!(alerts.await, json!(["slow"]), "only those that are on are shown");
        let root = "const root = document.getElementById('verdict-roots'); \
             return root.checkVisibility() && /^store busy \\d+ %/.test(root.textContent)";
        page.until("the verdict names the consumer", root).await;
        let marked = "return document.querySelector('[data-actor=store]').dataset.root === 'yes'";
        page.until("the graph marks it", marked).await;
        let sentence = page.run("return document.getElementById('verdict-text').textContent").await;
        assert!(sentence.as_str().is_some_and(|text| text.starts_with("store")), "{sentence}");
        page.look("alert").await;
        pace.set(0);
        page.until("the alert is gone", quiet).await;
        page.until("its end is announced", &said("over")).await;
        page.until("all is well again", well).await;
    });
    end(&running);
}

#[test]
fn charts_show_the_time_before_the_page_was_opened_and_how_long_messages_wait() {
    let pace = Pace::default();
    pace.set(20);
    let (shown, running) = shown(orders(&pace));
    let server = shown.serve();
    tidegate::testkit::eventually(&running, |snapshot| snapshot.elapsed_seconds > 4.0);
    browse(&server, DESK, async |page| {
        page.click("[data-actor=store]").await;
        let older = "const axis = document.querySelector('#panel .chart-frame .axis span').textContent; \
             return parseInt(axis, 10) > performance.now() / 1000 + 1";
        page.until("the charts begin before the page did", older).await;
        let lines = "return [...document.querySelectorAll('#panel polyline.series')].map((line) => line.points.length > 3)";
        assert_eq!(page.run(lines).await, json!([true, true]), "the rate, and the depth");
        // Messages wait for the whole mailbox before them: some seconds.
        let wait = "const row = [...document.querySelectorAll('#panel tbody tr')].find((row) => row.textContent.startsWith('enrich')); \
             return /^(\\d+|\\d+\\.\\d) s$/.test(row?.lastElementChild.textContent ?? '')";
        page.until("the panel says how long", wait).await;
        let figure = "return /p99 [\\d.]+ s/.test(document.querySelector('[data-actor=store]').textContent)";
        page.until("the box says how long", figure).await;
    });
    end(&running);
}
