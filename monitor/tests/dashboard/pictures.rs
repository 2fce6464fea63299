//! The page on a phone and on a desk, light and dark: that it fits, and its pictures for docs/.

use crate::browser::{Page, browse};
use crate::orders::{Pace, orders};
use crate::{DESK, OVERFLOW, PHONE, end, shown};
use std::time::Duration;

/// The verdict names the consumer.
const STORE_IS_BUSY: &str = "return document.getElementById('verdict-text').textContent.startsWith('store')";

#[test]
fn it_fits_on_a_phone() {
    let pace = Pace::default();
    pace.set(40);
    let (shown, running) = shown(orders(&pace));
    browse(&shown.serve(), PHONE, async |page| {
        assert_eq!(page.run(OVERFLOW).await, 0, "the graph");
        page.until("rates are there", "return document.getElementById('rate-out').textContent !== '–'").await;
        page.until_kind("parse", "pressured").await;
        page.until("the verdict is there", STORE_IS_BUSY).await;
        assert_eq!(page.run(OVERFLOW).await, 0, "the verdict");
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
    browse(&shown.serve(), DESK, async |page| {
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
        page.until("the verdict is there", STORE_IS_BUSY).await;
        page.until("the panel is open", "return !document.getElementById('panel').hidden").await;
        page.screenshot("pressured").await;
        page.dark(true).await;
        page.until("it is dark", "return matchMedia('(prefers-color-scheme: dark)').matches").await;
        page.screenshot("dark").await;
        assert_eq!(page.run(OVERFLOW).await, 0);
    });
    end(&running);
}
