//! The page that shows a topology in a browser: plain files, compiled in, that need no network and no build step.
//!
//! The page draws what the HTTP API says and nothing else. Its scripts are modules of their own files, so that a
//! [policy](CONTENT_SECURITY_POLICY) can forbid every other script; names reach the page as text, never as markup.

/// What the page may do: load its own files and ask its own server. It is to be sent with the page.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const JS: &str = "text/javascript; charset=utf-8";

/// The content type and the bytes of a file of the page, by the path of its address; `/` is the page itself.
///
/// ```
/// use tidegate_monitor::dashboard::asset;
///
/// let (content_type, page) = asset("/").expect("the page");
/// assert_eq!(content_type, "text/html; charset=utf-8");
/// assert!(page.starts_with(b"<!doctype html>"));
/// assert!(asset("/etc/passwd").is_none());
/// ```
pub fn asset(path: &str) -> Option<(&'static str, &'static [u8])> {
    let (content_type, text) = match path {
        "/" | "/index.html" => (HTML, include_str!("index.html")),
        "/assets/style.css" => (CSS, include_str!("style.css")),
        "/assets/graph.css" => (CSS, include_str!("graph.css")),
        "/assets/icon.svg" => (SVG, include_str!("assets/icon.svg")),
        "/assets/alerts.js" => (JS, include_str!("assets/alerts.js")),
        "/assets/api.js" => (JS, include_str!("assets/api.js")),
        "/assets/box.js" => (JS, include_str!("assets/box.js")),
        "/assets/chart.js" => (JS, include_str!("assets/chart.js")),
        "/assets/controls.js" => (JS, include_str!("assets/controls.js")),
        "/assets/dom.js" => (JS, include_str!("assets/dom.js")),
        "/assets/format.js" => (JS, include_str!("assets/format.js")),
        "/assets/graph.js" => (JS, include_str!("assets/graph.js")),
        "/assets/main.js" => (JS, include_str!("assets/main.js")),
        "/assets/model.js" => (JS, include_str!("assets/model.js")),
        "/assets/panel.js" => (JS, include_str!("assets/panel.js")),
        "/assets/replay.js" => (JS, include_str!("assets/replay.js")),
        "/assets/table.js" => (JS, include_str!("assets/table.js")),
        "/assets/timeline.js" => (JS, include_str!("assets/timeline.js")),
        "/assets/verdict.js" => (JS, include_str!("assets/verdict.js")),
        _ => return None,
    };
    Some((content_type, text.as_bytes()))
}
