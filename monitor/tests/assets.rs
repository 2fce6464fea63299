//! The files of the page: all there, and nothing in them that its policy would forbid or that turns names into markup.

use std::collections::BTreeSet;
use tidegate_monitor::dashboard::asset;

fn text(path: &str) -> &'static str {
    let (_, bytes) = asset(path).unwrap_or_else(|| panic!("there is no {path}"));
    std::str::from_utf8(bytes).expect("all files are text")
}

/// What stands between `before` and the next quotation mark, each time.
fn quoted<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(before).skip(1).map(|rest| rest.split('"').next().expect("split gives one at least"))
}

/// The scripts that are reached from the page.
fn scripts() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec!["/assets/main.js".to_string()];
    while let Some(path) = open.pop() {
        if found.insert(path.clone()) {
            open.extend(quoted(text(&path), "from \"./").map(|name| format!("/assets/{name}")));
        }
    }
    found
}

#[test]
fn all_that_the_page_loads_is_there() {
    let page = text("/");
    let loaded: Vec<&str> = quoted(page, "href=\"/").chain(quoted(page, "src=\"/")).collect();
    assert_eq!(loaded, ["assets/icon.svg", "assets/style.css", "assets/graph.css", "assets/main.js"]);
    for path in loaded {
        text(&format!("/{path}"));
    }
    assert_eq!(scripts().len(), 15, "{:?}", scripts());
    assert!(asset("/assets/../mod.rs").is_none());
}

#[test]
fn the_page_names_no_other_server_and_has_nothing_inline() {
    let page = text("/");
    for forbidden in ["style=", "onclick=", "<style", "http:", "https:", "<script>"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    for path in ["/assets/style.css", "/assets/graph.css"] {
        assert!(!text(path).contains("http") && !text(path).contains("@import"), "{path}");
    }
}

#[test]
fn no_script_makes_markup_or_code_of_a_text() {
    for path in scripts() {
        let script = text(&path);
        for forbidden in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("]
        {
            assert!(!script.contains(forbidden), "{path}: {forbidden}");
        }
        // The name of the namespace of SVG is no address that is loaded.
        let script = script.replace("http://www.w3.org/2000/svg", "");
        assert!(!script.contains("http"), "{path}");
    }
}
