//! `graph --format svg`: well formed whatever the names are. (The browser test reads one with a real parser, too.)

use serde_json::json;
use tidegate_monitor::Description;

const HOSTILE: &str = "</text><script>alert('1')</script> & \"]]>\u{0}\u{1b}";

fn hostile() -> Description {
    let actor = |name: &str, role: &str| {
        json!({
            "name": name, "role": role, "actor": HOSTILE, "instances": [2, 4], "routing": "shared", "blocking": true,
            "bulkhead": HOSTILE
        })
    };
    let link = json!({"from": HOSTILE, "port": HOSTILE, "to": "b", "tap": true});
    let back = json!({"from": "b", "port": "", "to": HOSTILE, "tap": false});
    let whole = json!({
        "name": HOSTILE, "actors": [actor(HOSTILE, "producer"), actor("b", "consumer")], "links": [link, back]
    });
    serde_json::from_value(whole).expect("a description")
}

/// The names of the elements of `xml`, each checked to be closed by the one that fits.
fn elements(xml: &str) -> Vec<&str> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag is closed");
        let tag = &rest[start + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "an attribute is not closed: {tag}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().expect("split gives one at least");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "what is closed was opened last");
        } else {
            all.push(name);
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

#[test]
fn hostile_names_stay_text() {
    let svg = hostile().to_svg();
    let mut elements = elements(&svg);
    elements.sort_unstable();
    elements.dedup();
    assert_eq!(elements, ["defs", "desc", "g", "marker", "path", "rect", "style", "svg", "text", "title"]);
    assert!(svg.contains("&lt;script&gt;alert(&#39;1&#39;)") && svg.contains(" &amp; &quot;]]&gt;"), "{svg}");
    assert!(!svg.contains(|char: char| char.is_control() && char != '\n'), "XML has no control characters");
}

#[test]
fn those_who_do_not_see_the_drawing_are_told() {
    let json = json!({
        "name": "numbers",
        "actors": [
            {"name": "n", "role": "producer", "actor": "counter", "instances": [1, 1], "routing": "shared", "blocking": false},
            {"name": "sum", "role": "consumer", "actor": "sum", "instances": [1, 1], "routing": "shared", "blocking": false}
        ],
        "links": [{"from": "n", "port": "even", "to": "sum", "tap": false}]
    });
    let svg = serde_json::from_value::<Description>(json).expect("a description").to_svg();
    assert!(svg.contains("<title id=\"title\">numbers</title>"), "{svg}");
    let words = "2 actors: n (producer, counter), sum (consumer, sum). Links: n.even to sum.";
    assert!(svg.contains(&format!("<desc id=\"desc\">{words}</desc>")), "{svg}");
    assert!(
        svg.contains("role=\"img\" aria-labelledby=\"title desc\"")
            && svg.contains("prefers-color-scheme:dark")
    );
}
