//! `tidegate graph`: a topology, drawn.

use crate::args::{self, Format};
use crate::exit::Exit;
use crate::load::load;
use crate::output::print;
use crate::screen::Screen;
use tidegate::Registry;
use tidegate::topology::graph::Graph;
use tidegate_monitor::Description;

/// Draws the file. A topology that would not start is drawn too: seeing it helps to find out why.
pub(crate) fn graph(arguments: &args::Graph, registry: &Registry) -> Exit {
    let screen = Screen::new();
    let loaded = match load(&screen, &arguments.file, &[], registry) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let graph = Graph::of(&loaded.topology);
    let drawn = match arguments.format {
        Format::Mermaid => graph.to_mermaid(),
        Format::Dot => graph.to_dot(),
        Format::Svg => Description::of(&loaded.topology).to_svg(),
    };
    print(&screen, &format!("{}\n", drawn.trim_end()))
}
