// The same as the graph, as a table: for screen readers, for a phone, and to sort by eye.

import { el, setAttribute, setText } from "./dom.js";
import { percent, rate, seconds, whole } from "./format.js";
import { condition } from "./model.js";

const HEADS = ["Actor", "State", "Mailbox", "Handled", "Emitted", "Busy", "Blocked", "p99 wait"];

/** Makes the table in `place`; `select(name)` is called for an actor that is chosen. */
export function table(place, model, select) {
  const rows = new Map();
  const order = model.description.layout.nodes.toSorted((one, other) => one.rank - other.rank || one.y - other.y);
  for (const { name } of order) {
    const button = el("button", { type: "button", class: "link-button" }, name);
    button.addEventListener("click", () => select(name));
    const cells = HEADS.slice(1).map((head) => el("td", { "data-head": head }));
    rows.set(name, { cells, row: el("tr", {}, el("th", { scope: "row" }, button), cells) });
  }
  place.replaceChildren(el("table", {},
    el("caption", { class: "unseen" }, "Actors, from the producers to the consumers"),
    el("thead", {}, el("tr", {}, HEADS.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, [...rows.values()].map(({ row }) => row))));

  function update() {
    if (place.hidden) return;
    for (const [name, { row, cells }] of rows) {
      const report = model.snapshot.actors[name];
      if (!report) continue;
      const is = condition(report);
      const point = model.point(name);
      const box = report.mailbox;
      setAttribute(row, "data-kind", is.kind);
      const texts = [
        `${is.mark} ${is.text}`,
        box ? `${whole(box.depth)} / ${whole(box.capacity)}` : "–",
        box ? rate(point.handled_rate) : "–",
        report.role === "consumer" ? "–" : rate(point.emitted_rate),
        percent(point.busy), percent(point.blocked), seconds(point.p99_seconds),
      ];
      texts.forEach((text, at) => setText(cells[at], text));
    }
  }

  function mark(found) {
    for (const [name, { row }] of rows) row.hidden = Boolean(found && !found.has(name));
  }

  return { update, mark };
}
