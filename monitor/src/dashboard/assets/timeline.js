// When which mailbox said Backpressure and Resume: one row per mailbox, consumers on top, so that pressure is seen to
// travel downwards to the producers.

import { byId, el, setText, shorten, svg } from "./dom.js";
import { whole } from "./format.js";

/** Signals that are kept; the oldest go first. */
const MOST_KEPT = 8000;
const MOST_ROWS = 24;
const MOST_IN_WORDS = 50;
const [ROW, HEAD] = [26, 22];

/** The timeline of `model`; `add(record)` for each signal, `update()` to draw, `clear()` when they are about to come again. */
export function timeline(model) {
  const body = byId("timeline");
  const choice = byId("timeline-window");
  let records = [];
  let lost = false;
  choice.addEventListener("change", update);

  function add(record) {
    // A recording that somebody else took back says its signals again.
    if (record.number <= last()) records = records.filter((one) => one.number < record.number);
    records.push(record);
    if (records.length > MOST_KEPT) records.splice(0, records.length - MOST_KEPT);
  }

  function clear() {
    records = [];
    lost = false;
  }

  /** The number of the newest. */
  const last = () => records.at(-1)?.number ?? 0;

  function update() {
    const now = model.snapshot?.elapsed_seconds ?? 0;
    // Before the start there was nothing to show.
    const from = Math.max(0, now - Number(choice.value));
    const rows = rowsOf(records, from, now, model);
    if (rows.length === 0) {
      setText(body, lost ? "Some signals were missed; none in this time." : "No mailbox has said anything in this time.");
    } else {
      body.replaceChildren(draw(rows.slice(0, MOST_ROWS), from, now, (body.clientWidth || 632) - 32));
      if (rows.length > MOST_ROWS) body.append(el("p", { class: "hint" }, `and ${rows.length - MOST_ROWS} more mailboxes`));
    }
    if (body.parentElement.querySelector("details").open) say();
  }

  function say() {
    const last = records.slice(-MOST_IN_WORDS).reverse();
    byId("signal-log").replaceChildren(...last.map((one) => el("li", {},
      `${one.at_seconds.toFixed(2)} s `, el("strong", {}, one.kind === "backpressure" ? "▲ Backpressure" : "▽ Resume"),
      ` ${one.to} → ${one.from}, ${whole(one.depth)}/${whole(one.capacity)}${one.causes.length ? `, ${one.causes.join(", ")}` : ""}`)));
  }
  body.parentElement.querySelector("details").addEventListener("toggle", say);

  return { add, update, clear, last, missed: () => { lost = true; } };
}

/** The rows with their stretches of pressure `[start, end]`, ended ones with their marks. */
function rowsOf(records, from, now, model) {
  const mailboxes = new Map();
  for (const record of records) {
    const row = mailboxes.get(record.to) ?? { name: record.to, epoch: -1, since: null, stretches: [] };
    mailboxes.set(record.to, row);
    // A mailbox with several upstreams says the same over each link.
    if (record.epoch === row.epoch) continue;
    row.epoch = record.epoch;
    if (record.kind === "backpressure") row.since ??= record.at_seconds;
    else if (row.since !== null) {
      row.stretches.push([row.since, record.at_seconds]);
      row.since = null;
    }
  }
  const rows = [...mailboxes.values()];
  for (const row of rows) {
    if (row.since !== null) row.stretches.push([row.since, null]);
    // In a recording what comes later is known already.
    const known = row.stretches.filter(([start, end]) => (end ?? now) >= from && start <= now);
    row.stretches = known.map(([start, end]) => [start, end !== null && end <= now ? end : null]);
  }
  const rank = (row) => model.rank.get(row.name) ?? 0;
  return rows.filter((row) => row.stretches.length).sort((one, other) => rank(other) - rank(one) || one.name.localeCompare(other.name));
}

function draw(rows, from, now, width) {
  const label = Math.min(150, width * 0.3);
  const x = (at) => label + ((width - label - 8) * (Math.max(at, from) - from)) / (now - from || 1);
  const height = HEAD + rows.length * ROW;
  const picture = svg("svg", {
    class: "signals", width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": rows.map((row) => `${row.name}: ${row.stretches.length} times pressured`).join(", "),
  });
  const step = (now - from) / 5;
  for (let at = 0; at <= 5; at += 1) {
    const place = x(from + at * step).toFixed(1);
    const ago = Math.round((5 - at) * step);
    picture.append(svg("path", { class: "grid", d: `M${place},${HEAD - 4}V${height}` }),
      svg("text", { class: "when", x: place, y: 12, "text-anchor": at === 5 ? "end" : "middle" }, ago ? `−${ago} s` : "now"));
  }
  rows.forEach((row, at) => picture.append(...drawRow(row, HEAD + at * ROW, { x, from, now, label })));
  return picture;
}

function drawRow(row, top, { x, from, now, label }) {
  const parts = [svg("text", { class: "mailbox-name", x: 0, y: top + 17 }, shorten(row.name, label - 8, 7.4))];
  let [lastUp, lastDown] = [-Infinity, -Infinity];
  for (const [start, end] of row.stretches) {
    const [left, right] = [x(start), x(end ?? now)];
    parts.push(svg("rect", {
      class: "stretch", x: left.toFixed(1), y: top + 7, width: Math.max(right - left, 1).toFixed(1), height: 12, rx: 2,
    }));
    // Where there is no room for every mark, the first of them stands for the others.
    if (start >= from && left - lastUp >= 14) {
      lastUp = left;
      parts.push(svg("path", { class: "mark up", d: `M${left - 4.5},${top + 21}h9l-4.5,-9Z` }));
    }
    if (end !== null && right - lastDown >= 14) {
      lastDown = right;
      parts.push(svg("path", { class: "mark down", d: `M${right - 4.5},${top + 5}h9l-4.5,9Z` }));
    }
  }
  return parts;
}
