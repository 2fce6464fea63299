//! A topology as a picture that stands alone: no program, no font, no style sheet is needed to look at it.

use super::{Layout, LayoutEdge, LayoutNode, Sizes};
use crate::{ActorDescription, Description};
use std::fmt::Write;
use tidegate::topology::Role;

/// Light and dark, with the colours of the dashboard.
const STYLE: &str = "\
svg{background:#fff;font-family:system-ui,sans-serif;font-size:12px}\
.box{fill:#f6f8fa;stroke:#57606a;stroke-width:1.5}\
.producer .box{stroke:#0072b2}.consumer .box{stroke:#007a5e}\
.name{fill:#1f2328;font-weight:600;font-size:14px}\
.what{fill:#57606a}\
.link{fill:none;stroke:#57606a;stroke-width:1.5}\
.tap{stroke-dasharray:2 4}.feedback{stroke-dasharray:7 4}\
.head{fill:#57606a}\
.port{fill:#57606a}\
@media (prefers-color-scheme:dark){\
svg{background:#0d1117}\
.box{fill:#161b22;stroke:#8b949e}\
.producer .box{stroke:#56b4e9}.consumer .box{stroke:#2cc295}\
.name{fill:#e6edf3}.what,.port{fill:#9aa4ae}\
.link{stroke:#8b949e}.head{fill:#8b949e}}";

/// About how wide a letter is, in pixels, in the two sizes.
const NAME_LETTER: f64 = 8.2;
const LETTER: f64 = 6.6;

impl Description {
    /// The topology as an SVG: boxes and lines from left to right, in light and dark, and put in words for those who do not
    /// see it. Names are escaped, whatever is in them.
    ///
    /// ```
    /// use tidegate::prelude::*;
    /// use tidegate_monitor::Description;
    ///
    /// let topology = Topology::new("numbers")
    ///     .producer("n", iter(1..=1000u64))
    ///     .consumer("print", for_each(|n: u64| println!("{n}")));
    /// let svg = Description::of(&topology).to_svg();
    /// assert!(svg.starts_with("<svg ") && svg.contains("n to print"));
    /// ```
    pub fn to_svg(&self) -> String {
        let layout = Layout::with(self, &Sizes::DRAWING);
        let (width, height) = (layout.width.ceil(), layout.height.ceil());
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title desc\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
             <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>{STYLE}</style>\n\
             <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"head\" d=\"M0,0L8,4L0,8Z\"/></marker></defs>\n",
            escape(&self.name),
            escape(&self.in_words()),
        );
        layout.edges.iter().for_each(|edge| link(&mut svg, edge));
        for (node, actor) in layout.nodes.iter().zip(&self.actors) {
            shape(&mut svg, node, actor);
        }
        svg += "</svg>\n";
        svg
    }

    /// "3 actors: lines (producer, file_lines), parse (stage, csv)... Links: lines to parse, ..."
    fn in_words(&self) -> String {
        let actors: Vec<String> = self
            .actors
            .iter()
            .map(|actor| format!("{} ({}, {})", actor.name, actor.role, actor.actor))
            .collect();
        let links: Vec<String> = self
            .links
            .iter()
            .map(|link| match link.port.as_str() {
                "" => format!("{} to {}", link.from, link.to),
                port => format!("{}.{port} to {}", link.from, link.to),
            })
            .collect();
        format!("{} actors: {}. Links: {}.", actors.len(), actors.join(", "), links.join(", "))
    }
}

impl ActorDescription {
    /// "4 instances, blocking, in slow": what is worth a line of its own.
    fn details(&self) -> String {
        let instances = match self.instances {
            (1, 1) => None,
            (least, most) if least == most => Some(format!("{most} instances")),
            (least, most) => Some(format!("{least} to {most} instances")),
        };
        let blocking = self.blocking.then(|| "blocking".to_string());
        let bulkhead = self.bulkhead.as_ref().map(|name| format!("in {name}"));
        [instances, blocking, bulkhead].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

fn link(svg: &mut String, edge: &LayoutEdge) {
    let kind = match (edge.feedback, edge.tap) {
        (true, _) => "link feedback",
        (_, true) => "link tap",
        _ => "link",
    };
    line(svg, format_args!("<path class=\"{kind}\" marker-end=\"url(#head)\" d=\"{}\"/>", edge.path));
    if let (false, [.., [_, before], [x, y]]) = (edge.port.is_empty(), &edge.points[..]) {
        // At the end, where lines of different ports are apart, and on the side from which this one does not come.
        let (x, y) = (x - 14.0, if y > before { y + 15.0 } else { y - 6.0 });
        let port = escape(&shorten(&edge.port, 64.0, LETTER));
        line(
            svg,
            format_args!("<text class=\"port\" text-anchor=\"end\" x=\"{x:.1}\" y=\"{y:.1}\">{port}</text>"),
        );
    }
}

fn shape(svg: &mut String, node: &LayoutNode, actor: &ActorDescription) {
    let LayoutNode { x, y, width, height, .. } = node;
    // Producers are round, consumers have square corners: the part an actor plays shows without colours, too.
    let (role, radius) = match actor.role {
        Role::Producer => ("producer", height / 2.0),
        Role::Stage => ("stage", 8.0),
        Role::Consumer => ("consumer", 0.0),
    };
    line(svg, format_args!("<g class=\"{role}\"><title>{}</title>", escape(&actor.name)));
    let frame =
        format!("x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius:.1}\"");
    line(svg, format_args!("<rect class=\"box\" {frame}/>"));
    let inner = width - 2.0 * radius.clamp(10.0, 22.0);
    let middle = x + width / 2.0;
    let details = actor.details();
    let first = y + height / 2.0 - if details.is_empty() { 4.0 } else { 12.0 };
    let texts = [
        ("name", shorten(&actor.name, inner, NAME_LETTER)),
        ("what", shorten(&actor.actor, inner, LETTER)),
        ("what", shorten(&details, inner, LETTER)),
    ];
    for (at, (class, text)) in texts.into_iter().enumerate().filter(|(_, (_, text))| !text.is_empty()) {
        let y = first + 17.0 * at as f64;
        let text = escape(&text);
        line(
            svg,
            format_args!(
                "<text class=\"{class}\" text-anchor=\"middle\" x=\"{middle:.1}\" y=\"{y:.1}\">{text}</text>"
            ),
        );
    }
    line(svg, format_args!("</g>"));
}

fn line(svg: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(svg, "{line}").expect("a string takes all it is given");
}

fn shorten(text: &str, room: f64, letter: f64) -> String {
    let most = (room / letter) as usize;
    if text.chars().count() <= most {
        return text.into();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Text for XML. Control characters, which XML forbids even when escaped, become a mark.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        match char {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            char if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            char => escaped.push(char),
        }
    }
    escaped
}
