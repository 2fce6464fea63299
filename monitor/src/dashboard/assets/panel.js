// Everything about one actor.

import { made } from "./box.js";
import { byId, el, setText } from "./dom.js";
import { lines, stacked } from "./chart.js";
import { count, percent, rate, seconds, whole as exact, words } from "./format.js";
import { condition } from "./model.js";

const SHARES = [["busy", "busy"], ["blocked", "blocked"], ["idle", "idle"]];

/** The panel; `close()` is called for its button and Escape, `act(verb, name)` for the buttons of control. */
export function panel(model, { close, act }) {
  const aside = byId("panel");
  let name = null;
  let parts = null;
  aside.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  function show(next) {
    name = next;
    aside.hidden = name === null;
    if (name === null) return;
    parts = skeleton(model, name, close, act);
    aside.replaceChildren(parts.head, parts.controls, parts.body, parts.settings);
    update();
    aside.scrollTop = 0;
    parts.title.focus({ preventScroll: true });
    // Where it does not stand beside the graph it may be out of sight.
    if (matchMedia("(max-width: 1059px)").matches) aside.scrollIntoView();
  }

  function update() {
    if (name === null || !model.snapshot) return;
    const report = model.snapshot.actors[name];
    if (!report) return;
    const is = condition(report);
    setText(parts.state, `${is.mark} ${is.text}`);
    parts.state.dataset.kind = is.kind;
    parts.controls.hidden = !model.controllable || report.state === "ended";
    const { into, out } = model.linksOf(name);
    parts.body.replaceChildren(...[
      time(model, name, report), rates(model, name, report), waits(into), mailbox(model, name, report),
      ledger(report), neighbours(into, out),
    ].filter(Boolean));
  }

  return { show, update, get name() { return name; } };
}

function skeleton(model, name, close, act) {
  const actor = model.actors.get(name);
  const title = el("h2", { id: "panel-title", tabindex: -1 }, name);
  const state = el("span", { class: "chip" });
  const button = el("button", { type: "button", class: "close", "aria-label": "Close" }, "✕");
  button.addEventListener("click", close);
  const verbs = [["pause", "‖", "Pause"], ["resume", "▶\uFE0E", "Resume"], ["drain", "↓", "Drain"]].map(([verb, mark, label]) => {
    const one = el("button", { type: "button", "data-verb": verb }, el("span", { "aria-hidden": "true" }, mark), ` ${label}`);
    one.addEventListener("click", () => act(verb, name));
    return one;
  });
  return {
    title, state,
    head: el("header", {}, title, state, button, el("p", { class: "hint" }, `${actor.role} · ${made(actor)}`)),
    controls: el("div", { class: "buttons", role: "group", "aria-label": `Control ${name}`, hidden: model.controllable ? null : "" }, verbs),
    body: el("div", { class: "panel-body" }),
    settings: settings(actor),
  };
}

const part = (title, ...children) => el("section", {}, el("h3", {}, title), ...children);

function facts(pairs) {
  const shown = pairs.filter((pair) => pair && pair[1] !== null && pair[1] !== undefined);
  return el("dl", { class: "facts" }, shown.map(([key, value]) => el("div", {}, el("dt", {}, key), el("dd", {}, value))));
}

/** The points of one actor, with their times. */
function pointsOf(model, name) {
  return model.points.map((point) => ({ at: point.at, ...point.actors.get(name) }));
}

function time(model, name, report) {
  const total = report.time.idle_seconds + report.time.busy_seconds + report.time.blocked_seconds;
  const whole = (value) => (total ? percent(value / total) : "–");
  const now = model.point(name);
  const share = (key, value) => el("div", {},
    el("dt", {}, el("i", { class: `swatch ${key}`, "aria-hidden": "true" }), key),
    el("dd", {}, percent(now[key])),
    el("dd", { class: "whole" }, `${whole(value)} overall`));
  const by = report.time.blocked_by.filter((one) => one.seconds > total / 200).slice(0, 5).map((one) => el("li", {},
    el("strong", {}, one.actor ?? words(one.cause)), one.actor ? ` (${words(one.cause)})` : "", ` ${seconds(one.seconds)}`));
  return part("Time",
    el("dl", { class: "shares" }, share("busy", report.time.busy_seconds), share("blocked", report.time.blocked_seconds), share("idle", report.time.idle_seconds)),
    stacked(pointsOf(model, name), "Busy, blocked, idle", SHARES),
    by.length ? el("p", { class: "hint" }, "Blocked so far by") : null,
    by.length ? el("ul", { class: "blockers" }, by) : null);
}

function rates(model, name, report) {
  const now = model.point(name);
  const handled = ["handled_rate", "first"];
  const emitted = ["emitted_rate", "second"];
  const [series, label] = {
    producer: [[emitted], "Emitted"], stage: [[handled, emitted], "Handled (solid), emitted (dashed)"], consumer: [[handled], "Handled"],
  }[report.role];
  return part("Rate",
    facts([
      report.mailbox && ["handled", rate(now.handled_rate)],
      report.role !== "consumer" && ["emitted", rate(now.emitted_rate)],
      report.rate != null && ["rate it came to", rate(report.rate)],
    ]),
    lines(pointsOf(model, name), label, series, rate));
}

function waits(into) {
  const waited = into.filter((link) => link.wait);
  if (waited.length === 0) return null;
  const rows = waited.map((link) => el("tr", {},
    el("th", { scope: "row" }, link.from),
    ...["p50_seconds", "p90_seconds", "p99_seconds"].map((key) => el("td", {}, seconds(link.wait[key])))));
  return part("Wait in the mailbox", el("table", {},
    el("thead", {}, el("tr", {}, ["from", "p50", "p90", "p99"].map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, rows)));
}

function mailbox(model, name, report) {
  const state = report.mailbox;
  if (!state) return null;
  return part("Mailbox",
    facts([
      ["depth", `${exact(state.depth)} of ${exact(state.capacity)}`],
      ["peak", exact(state.peak)],
      ["opens at / pressured at", `${exact(state.low)} / ${exact(state.high)}`],
      ["pressured for", seconds(state.pressured_seconds)],
      ["Backpressure / Resume", `${exact(state.backpressure_signals)} / ${exact(state.resume_signals)}`],
      state.max_bytes != null && ["bytes", `${count(state.bytes)} of ${count(state.max_bytes)}`],
    ]),
    lines(pointsOf(model, name), "Depth, with both watermarks", [["depth", "first"]], count, [[state.high, "high"], [state.low, "low"]]));
}

function ledger(report) {
  const dropped = Object.entries(report.dropped).filter(([, value]) => value > 0);
  return part("Ledger", facts([
    report.mailbox && ["received", count(report.received)],
    report.mailbox && ["handled", count(report.handled)],
    report.role !== "consumer" && ["emitted", count(report.emitted)],
    ["failed", count(report.failed)],
    ...(dropped.length ? dropped.map(([reason, value]) => [`dropped (${words(reason)})`, count(value)]) : [["dropped", "0"]]),
    report.dead_lettered > 0 && ["dead letters", count(report.dead_lettered)],
    report.left > 0 && ["left", count(report.left)],
    report.mailbox && ["waiting / in hand", `${count(report.waiting)} / ${count(report.in_handler)}`],
    report.held > 0 && ["held", count(report.held)],
    report.restarts > 0 && ["restarts", count(report.restarts)],
    report.breaker && ["breaker", `${words(report.breaker.state)}, opened ${report.breaker.opened} times`],
  ]));
}

function neighbours(into, out) {
  const item = (link, end, arrow) => el("li", { class: link.held ? "held" : "" },
    `${arrow} ${end}`, link.held ? el("strong", {}, " held") : null,
    link.blocked_seconds > 0 ? ` · blocked ${seconds(link.blocked_seconds)}` : "");
  if (into.length + out.length === 0) return null;
  return part("Links", el("ul", { class: "links" },
    into.map((link) => item(link, link.from, "from")), out.map((link) => item(link, link.to, "to"))));
}

function settings(actor) {
  const pairs = [
    ["actor", actor.actor],
    ["instances", actor.instances[0] === actor.instances[1] ? String(actor.instances[0]) : actor.instances.join(" to ")],
    actor.instances[1] > 1 && ["routing", words(actor.routing)],
    actor.overflow && ["when full", words(actor.overflow)],
    actor.blocking && ["blocking", "yes"],
    actor.bulkhead && ["bulkhead", actor.bulkhead],
    actor.rate_limit && ["limit", actor.rate_limit],
    ...Object.entries(actor.settings ?? {}).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  ];
  return el("details", { class: "settings" }, el("summary", {}, "Settings"), facts(pairs));
}
