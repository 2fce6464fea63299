// The topology as a graph, and moving about in it.

import { box } from "./box.js";
import { byId, setAttribute, setText, shorten, svg } from "./dom.js";
import { count, rate } from "./format.js";
import { linkKey } from "./model.js";

/** With more links than this their flow is not animated: it would cost the machine too much. */
const MOST_MOVING = 80;

/** Draws the graph into `stage`; `select(name)` is called for an actor that is chosen. */
export function graph(stage, model, select) {
  const { layout } = model.description;
  const boxes = new Map();
  const links = layout.edges.map((edge) => link(edge, model));
  const drawing = svg("svg", {
    class: "graph", viewBox: `0 0 ${layout.width} ${layout.height}`, role: "group",
    "aria-label": "Actors and links; move with the arrow keys, open with Enter",
    "data-moving": layout.edges.length <= MOST_MOVING ? "yes" : "no",
  }, definitions(), links.map((one) => one.group));
  for (const node of layout.nodes) {
    const one = box(node, model.actors.get(node.name));
    boxes.set(node.name, one);
    drawing.append(one.group);
  }
  stage.replaceChildren(drawing);

  const first = layout.nodes.toSorted((one, other) => one.rank - other.rank || one.y - other.y)[0];
  if (first) boxes.get(first.name).group.setAttribute("tabindex", 0);
  const nameOf = (event) => event.target.closest?.("[data-actor]")?.dataset.actor;
  drawing.addEventListener("click", (event) => {
    const name = nameOf(event);
    if (name !== undefined) select(name);
  });
  drawing.addEventListener("keydown", (event) => {
    const name = nameOf(event);
    if (name === undefined) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      select(name);
    } else if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      const next = neighbour(layout.nodes, name, event.key.slice(5));
      if (next) focus(next.name);
    }
  });

  function focus(name) {
    for (const one of boxes.values()) setAttribute(one.group, "tabindex", -1);
    const { group } = boxes.get(name);
    group.setAttribute("tabindex", 0);
    group.focus({ preventScroll: true });
    reveal(name);
  }

  function reveal(name) {
    boxes.get(name)?.group.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function update(roots) {
    const states = model.links();
    for (const [name, one] of boxes) one.update(model.snapshot.actors[name], model.point(name), roots.has(name));
    for (const one of links) one.update(states);
  }

  function mark(selected, found) {
    setAttribute(drawing, "data-searching", found ? "yes" : null);
    for (const [name, { group }] of boxes) {
      setAttribute(group, "aria-expanded", name === selected ? "true" : "false");
      setAttribute(group, "data-faint", found && !found.has(name) ? "yes" : null);
    }
  }

  return { update, mark, focus, reveal, drawing };
}

/** The line of one link. */
function link(edge, model) {
  const from = edge.port ? `${edge.from}.${edge.port}` : edge.from;
  const line = svg("path", { class: "line", d: edge.path });
  const moving = svg("path", { class: "moving", d: edge.path });
  const title = svg("title", {}, `${from} to ${edge.to}`);
  const mark = svg("g", { class: "held-mark" }, svg("circle", { r: 9 }), svg("path", { d: "M-3,-4V4M3,-4V4" }));
  const kinds = ["link", edge.tap && "tap", edge.feedback && "feedback"].filter(Boolean).join(" ");
  // In the gap before the mailbox: there it says whose it is.
  const [last, before] = [edge.points.at(-1), edge.points.at(-2)];
  mark.setAttribute("transform", `translate(${(last[0] + before[0]) / 2},${(last[1] + before[1]) / 2})`);
  // On the side from which the line does not come.
  const beside = last[1] > before[1] ? 14 : -6;
  const port = edge.port ? svg("text", { class: "port", x: last[0] - 12, y: last[1] + beside, "text-anchor": "end" }, shorten(edge.port, 62, 6)) : null;
  const group = svg("g", { class: kinds, "data-from": from, "data-to": edge.to }, title, line, moving, port, mark);

  function update(states) {
    const state = states.get(linkKey(from, edge.to));
    const flow = model.now.links?.get(linkKey(from, edge.to)) ?? null;
    const held = Boolean(state?.held);
    setAttribute(group, "data-held", held ? "yes" : "no");
    setAttribute(group, "data-flow", flow > 0 ? "yes" : "no");
    // From 1.5 to 5 pixels, a step for each power of ten.
    group.style.setProperty("--width", `${Math.min(1.5 + 0.6 * Math.log10(1 + flow), 5).toFixed(1)}px`);
    group.style.setProperty("--period", `${Math.max(0.5, 2.4 - 0.35 * Math.log10(1 + flow)).toFixed(1)}s`);
    setText(title, `${from} to ${edge.to}: ${rate(flow)}, ${count(state?.emitted ?? 0)} in all${held ? ", held" : ""}`);
  }
  return { group, update };
}

/** The nearest box in a direction. */
function neighbour(nodes, name, direction) {
  const here = nodes.find((node) => node.name === name);
  const [along, across, sign] = { Right: ["x", "y", 1], Left: ["x", "y", -1], Down: ["y", "x", 1], Up: ["y", "x", -1] }[direction];
  let best = null;
  for (const node of nodes) {
    const ahead = sign * (node[along] - here[along]);
    // Up and down stay in the column, left and right go to the next one that has any.
    if (ahead <= 0 || (across === "x" && node.rank !== here.rank)) continue;
    const distance = ahead * 1000 + Math.abs(node[across] - here[across]);
    if (!best || distance < best.distance) best = { node, distance };
  }
  return best?.node;
}

function definitions() {
  const hatch = (id, width) => svg("pattern", {
    id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
  }, svg("rect", { class: id, width, height: 6 }));
  const head = (id) => svg("marker", {
    id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 11, markerHeight: 11, markerUnits: "userSpaceOnUse", orient: "auto",
  }, svg("path", { class: id, d: "M0,0L8,4L0,8Z" }));
  return svg("defs", {}, hatch("hatch-dark", 2), hatch("hatch-faint", 2), head("head"), head("head-held"));
}

/** Zooming, and moving by dragging. */
export function zooming(stage, layout) {
  let scale = 1;
  /** Whether the page may choose the scale: until somebody else did. */
  let free = true;
  const drawing = () => stage.querySelector("svg.graph");
  function set(wanted, centre) {
    const before = scale;
    scale = Math.min(Math.max(wanted, 0.1), 2.5);
    drawing().style.setProperty("width", `${layout.width * scale}px`);
    drawing().style.setProperty("height", `${layout.height * scale}px`);
    const at = centre ?? { x: stage.clientWidth / 2, y: stage.clientHeight / 2 };
    stage.scrollLeft = (stage.scrollLeft + at.x) * (scale / before) - at.x;
    stage.scrollTop = (stage.scrollTop + at.y) * (scale / before) - at.y;
  }
  function fit(least) {
    const room = (stage.clientWidth - 1) / layout.width;
    const height = Math.max(window.innerHeight * 0.6, 260) / layout.height;
    set(Math.max(Math.min(room, height, 1.25), least));
  }
  /** All of it if that can be read; of its own accord the page draws nothing so small that it cannot. */
  function refit() {
    if (free && !stage.hidden) fit(0.66);
  }
  function chosen(wanted, centre) {
    free = false;
    set(wanted, centre);
  }
  byId("zoom-in").addEventListener("click", () => chosen(scale * 1.25));
  byId("zoom-out").addEventListener("click", () => chosen(scale / 1.25));
  byId("zoom-fit").addEventListener("click", () => {
    free = true;
    fit(0.1);
  });
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const { left, top } = stage.getBoundingClientRect();
    chosen(scale * Math.exp(-event.deltaY / 300), { x: event.clientX - left, y: event.clientY - top });
  }, { passive: false });
  let drag = null;
  stage.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0 || event.target.closest("[data-actor]")) return;
    drag = { x: event.clientX + stage.scrollLeft, y: event.clientY + stage.scrollTop };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag) return;
    stage.scrollLeft = drag.x - event.clientX;
    stage.scrollTop = drag.y - event.clientY;
  });
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => { drag = null; });
  return { refit };
}
