//! The page that shows a topology in a browser.

/// The content type and the bytes of a file of the page, by the path of its address; `/` is the page itself.
pub fn asset(path: &str) -> Option<(&'static str, &'static [u8])> {
    match path {
        "/" => Some(("text/html; charset=utf-8", include_bytes!("index.html"))),
        _ => None,
    }
}
