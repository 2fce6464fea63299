// The box of one actor in the graph.

import { setAttribute, setText, shorten, svg } from "./dom.js";
import { count, percent, rate, seconds, whole } from "./format.js";
import { condition } from "./model.js";

const PAD = 12;

/** Draws an actor at the place of `node`; `update(report, point, isRoot)` brings it up to date. */
export function box(node, actor) {
  const inner = node.width - 2 * PAD;
  const text = (kind, x, y, anchor = "start") => svg("text", { class: kind, x, y, "text-anchor": anchor });
  const rect = (kind, x, y, width, height, more = {}) => svg("rect", { class: kind, x, y, width, height, ...more });
  const title = svg("title", {}, actor.name);
  const frame = rect("frame", 0, 0, node.width, node.height, { rx: 10 });
  const stripe = svg("path", { class: "stripe", d: `M2.9,2.9A10,10 0 0 1 10,0H${node.width - 10}A10,10 0 0 1 ${node.width - 2.9},2.9` });
  const name = text("name", PAD, 26);
  name.append(shorten(actor.name, inner - 84, 8.4));
  const status = text("status", node.width - PAD, 26, "end");
  const what = text("what", PAD, 44);
  const flow = text("flow", node.width - PAD, 44, "end");
  const receives = actor.role !== "producer";
  const bar = {
    back: rect("mailbox", PAD, 54, inner, 13, { rx: 3 }),
    fill: rect("fill", PAD, 54, 0, 13, { rx: 3 }),
    hatch: rect("hatch", PAD, 54, 0, 13, { rx: 3 }),
    low: svg("path", { class: "tick low" }),
    high: svg("path", { class: "tick high" }),
    depth: text("figure", PAD, 82),
    wait: text("figure", node.width - PAD, 82, "end"),
  };
  const source = text("source", PAD, 73);
  const split = ["busy", "blocked", "idle"].map((kind) => rect(`split ${kind}`, PAD, 92, 0, 7));
  const shares = text("figure", PAD, 114);
  const parts = receives ? Object.values(bar) : [source];
  const root = svg("g", { class: "root-mark" },
    svg("rect", { x: node.width - 46, y: -10, width: 40, height: 18, rx: 9 }),
    svg("text", { x: node.width - 26, y: 3, "text-anchor": "middle" }, "root"));
  const group = svg("g", {
    class: `actor ${actor.role}`, transform: `translate(${node.x},${node.y})`,
    tabindex: -1, role: "button", "data-actor": actor.name, "data-kind": "unknown",
  }, title, rect("halo", -4, -4, node.width + 8, node.height + 8, { rx: 13 }), frame, stripe, name, status, what, flow,
  parts, rect("split-back", PAD, 92, inner, 7), split, shares, root);

  function update(report, point, isRoot) {
    const is = condition(report);
    setAttribute(group, "data-kind", is.kind);
    setAttribute(group, "data-root", isRoot ? "yes" : null);
    setText(status, `${is.mark} ${is.text}`);
    setText(title, `${actor.name}: ${is.text}`);
    setText(what, shorten(made(actor, report), receives ? 118 : 130, 6.4));
    setText(flow, rate(receives ? point.handled_rate : point.emitted_rate));
    if (receives) mailbox(report?.mailbox, point, is.kind);
    else setText(source, report ? `${count(report.emitted)} emitted` : "");
    time(point);
    setAttribute(group, "aria-label", spoken(actor, report, point, is, isRoot));
  }

  function mailbox(state, point, kind) {
    const capacity = Math.max(state?.capacity ?? 1, 1);
    const at = (depth) => inner * Math.min(depth / capacity, 1);
    const width = at(state?.depth ?? 0).toFixed(1);
    setAttribute(bar.fill, "width", width);
    setAttribute(bar.hatch, "width", kind === "pressured" ? width : 0);
    for (const mark of ["low", "high"]) {
      const x = (PAD + at(state?.[mark] ?? 0)).toFixed(1);
      setAttribute(bar[mark], "d", state ? `M${x},51V70` : "");
    }
    setText(bar.depth, state ? `${whole(state.depth)} / ${whole(state.capacity)}` : "");
    setText(bar.wait, point.p99_seconds == null ? "" : `p99 ${seconds(point.p99_seconds)}`);
  }

  function time(point) {
    let x = PAD;
    for (const part of split) {
      const share = point[part.classList[1]] ?? 0;
      setAttribute(part, "x", x.toFixed(1));
      setAttribute(part, "width", (inner * share).toFixed(1));
      x += inner * share;
    }
    const held = point.blocked >= 0.005 ? ` · blocked ${percent(point.blocked)}` : "";
    setText(shares, point.busy == null ? "" : `busy ${percent(point.busy)}${held}`);
  }

  return { group, update };
}

/** "file · ×4". */
export function made(actor, report) {
  const instances = report?.instances ?? actor.instances[1];
  return instances === 1 ? actor.actor : `${actor.actor} · ×${instances}`;
}

function spoken(actor, report, point, is, isRoot) {
  const mailbox = report?.mailbox;
  const parts = [
    `${actor.name}, ${actor.role}, ${is.text}`,
    isRoot ? "root of the pressure" : null,
    mailbox ? `mailbox ${mailbox.depth} of ${mailbox.capacity}` : null,
    point.busy == null ? null : `busy ${percent(point.busy)}, blocked ${percent(point.blocked)}`,
  ];
  return parts.filter(Boolean).join(", ");
}
