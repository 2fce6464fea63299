//! What the page asks its server, and when: never twice at once, and nothing while nobody looks.

use crate::browser::{Page, browse};
use crate::orders::two_hundred;
use crate::{DESK, end, shown};
use serde_json::json;

/// The begin and the end of each request for a snapshot, in milliseconds since the page was opened.
async fn requests(page: &Page) -> Vec<(f64, f64)> {
    let script = "return performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/api/snapshot')) \
         .map((one) => [one.startTime, one.responseEnd])";
    serde_json::from_value(page.run(script).await).expect("pairs of numbers")
}

#[test]
fn snapshots_of_two_hundred_actors_do_not_pile_up_on_a_slow_connection() {
    let (shown, running) = shown(two_hundred());
    browse(&shown.serve(), DESK, async |page| {
        let before = requests(page).await.len();
        page.devtools("Network.enable", json!({})).await;
        // An answer takes longer than the second after which the page asks again.
        let slow =
            json!({"offline": false, "latency": 1500, "downloadThroughput": -1, "uploadThroughput": -1});
        page.devtools("Network.emulateNetworkConditions", slow).await;
        while requests(page).await.len() < before + 4 {
            page.until("an answer is there", "return document.body.dataset.connection === 'up'").await;
        }
        let requests = requests(page).await;
        let slow = requests.iter().filter(|(begin, end)| end - begin > 1400.0).count();
        assert!(slow >= 3, "the connection is not slow: {requests:?}");
        for pair in requests.windows(2) {
            assert!(pair[1].0 >= pair[0].1, "one is asked for while another is under way: {pair:?}");
        }
    });
    end(&running);
}

#[test]
fn a_page_in_the_background_asks_nothing_and_goes_on_when_it_is_looked_at() {
    let (shown, running) = shown(two_hundred());
    browse(&shown.serve(), DESK, async |page| {
        let watched = "window.seen = []; document.addEventListener('visibilitychange', () => \
             window.seen.push([document.visibilityState, performance.now()]))";
        page.run(watched).await;
        let first = page.client.window().await.expect("a window");
        let other = page.client.new_window(true).await.expect("another tab");
        page.client.switch_to_window(other.handle).await.expect("it is in front");
        let hidden = running.snapshot().elapsed_seconds;
        while running.snapshot().elapsed_seconds < hidden + 4.0 {
            page.run("return 0").await;
        }
        page.client.close_window().await.expect("it closes");
        page.client.switch_to_window(first).await.expect("the page is in front again");
        page.until("it is looked at", "return window.seen.length === 2").await;
        let seen: Vec<(String, f64)> =
            serde_json::from_value(page.run("return window.seen").await).expect("states and times");
        let [(_, from), (_, to)] = &seen[..] else { panic!("{seen:?}") };
        assert!(to - from > 3000.0, "{seen:?}");
        let count = requests(page).await.len();
        let within: Vec<_> =
            requests(page).await.into_iter().filter(|(begin, _)| begin > from && begin < to).collect();
        assert!(within.is_empty(), "it asked between {from} and {to}: {within:?}");
        while requests(page).await.len() == count {
            page.until("it is there", "return document.body.dataset.connection === 'up'").await;
        }
    });
    end(&running);
}
