// The page: asks once a second, and hands what it hears to the parts.

import { showAlerts } from "./alerts.js";
import * as api from "./api.js";
import { act, runControls } from "./controls.js";
import { byId, el, setText } from "./dom.js";
import { rate, seconds, words } from "./format.js";
import { graph, zooming } from "./graph.js";
import { Model } from "./model.js";
import { panel } from "./panel.js";
import { replay } from "./replay.js";
import { table } from "./table.js";
import { timeline } from "./timeline.js";
import { rootsOf, showVerdict } from "./verdict.js";

const PERIOD = 1000;
const LONGEST_WAIT = 10_000;

const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));
let wake = () => {};
let notice = null;

function banner() {
  const text = [...arguments].find(Boolean);
  byId("banner").hidden = !text;
  setText(byId("banner"), text ?? "");
}

async function main() {
  const description = await retried(api.topology);
  const model = new Model(description);
  document.title = `${description.name} · Tidegate`;
  setText(byId("name"), description.name);
  const parts = build(model);
  await follow(model, parts);
}

async function retried(ask) {
  for (let pause = PERIOD; ; pause = Math.min(pause * 2, LONGEST_WAIT)) {
    try {
      return await ask();
    } catch {
      banner("The server does not answer. Trying again…");
      await wait(pause);
    }
  }
}

/** Tells what went wrong, or that nothing did. */
function say(problem) {
  notice = problem ? { text: problem, until: Date.now() + 8000 } : null;
  wake();
}

function build(model) {
  const stage = byId("stage");
  let selected = null;
  let found = null;
  const run = (verb, name) => act(verb, name, say);
  const choose = (name) => {
    selected = name;
    parts.panel.show(name);
    byId("main").dataset.panel = name === null ? "closed" : "open";
    zoom.refit();
    parts.timeline.update();
    parts.graph.mark(selected, found);
    if (name !== null) parts.graph.reveal(name);
  };
  const close = () => {
    const last = selected;
    choose(null);
    if (last === null) return;
    if (stage.hidden) byId("table").querySelector("button")?.focus();
    else parts.graph.focus(last);
  };
  const parts = {
    graph: graph(stage, model, choose),
    table: table(byId("table"), model, choose),
    panel: panel(model, { close, act: run }),
    timeline: timeline(model),
    select: choose,
  };
  parts.graph.mark(null, null);
  const zoom = zooming(stage, model.description.layout);
  new ResizeObserver(() => {
    zoom.refit();
    parts.timeline.update();
  }).observe(byId("main"));
  runControls((verb) => run(verb, null));
  views(stage);
  const search = byId("search");
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    const fits = (actor) => `${actor.name} ${actor.actor}`.toLowerCase().includes(wanted);
    found = wanted ? new Set(model.description.actors.filter(fits).map((actor) => actor.name)) : null;
    parts.graph.mark(selected, found);
    parts.table.mark(found);
    const [first] = found ?? [];
    if (first !== undefined) parts.graph.reveal(first);
  });
  search.addEventListener("keydown", (event) => {
    const [first] = found ?? [];
    if (event.key === "Enter" && first !== undefined) choose(first);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && selected !== null && !document.querySelector("dialog[open]")) close();
  });
  legend();
  return parts;
}

function views(stage) {
  const show = (graphical) => {
    stage.hidden = !graphical;
    byId("zoom").hidden = !graphical;
    byId("legend").hidden = !graphical;
    byId("table").hidden = graphical;
    byId("view-graph").setAttribute("aria-pressed", graphical);
    byId("view-table").setAttribute("aria-pressed", !graphical);
    wake();
  };
  byId("view-graph").addEventListener("click", () => show(true));
  byId("view-table").addEventListener("click", () => show(false));
}

function legend() {
  const entries = [
    ["open", "● open"], ["pressured", "▲ pressured, hatched"], ["paused", "‖ paused by hand"], ["breaker", "⚡\uFE0E breaker, ↻ restart"],
    ["failed", "✕ failed or stuck"], ["held", "‖ link held"], ["marks", "low and high watermark"], ["busy", "busy"], ["blocked", "blocked"],
  ];
  byId("legend").replaceChildren(...entries.map(([kind, text]) => el("li", {}, el("i", { class: `swatch ${kind}`, "aria-hidden": "true" }), text)));
}

async function follow(model, parts) {
  let lost = 0;
  // How often this page changed how a recording is played, and whether it is elsewhere since.
  let moves = 0;
  let elsewhere = false;
  const past = listening(model, parts);
  const recording = replay({ say, moved: (jumped) => { moves += 1; elsewhere ||= jumped; wake(); } });
  for (;;) {
    try {
      const asked = moves;
      const heard = await api.snapshot();
      if (heard.replayed) await recording.update();
      // It is of a moment that was left meanwhile.
      if (asked !== moves) continue;
      const back = heard.snapshot.elapsed_seconds < (model.snapshot?.elapsed_seconds ?? 0);
      // Another run at the same address may be another topology.
      if (back && !heard.replayed) location.reload();
      if (back || elsewhere || !model.snapshot) {
        elsewhere = false;
        model.restart(heard);
        past.again();
      } else {
        model.update(heard);
        past.goOn();
      }
      lost = 0;
    } catch {
      lost += 1;
    }
    if (model.snapshot) {
      show(model, parts, lost);
      document.body.dataset.ready = "yes";
    }
    const ended = model.snapshot?.phase === "ended" && !model.replayed;
    const pause = ended ? 5 * PERIOD : lost ? Math.min(PERIOD * 2 ** lost, LONGEST_WAIT) : PERIOD;
    await Promise.race([wait(pause), new Promise((resolve) => { wake = resolve; })]);
    // Nobody looks at a page in the background: it asks again when it is looked at.
    if (document.hidden) {
      await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
    }
  }
}

/** What led to the moment that is shown: the history and the signals. `again()` hears all of it, `goOn()` what is new. */
function listening(model, parts) {
  let stream = null;
  let times = 0;
  const hear = () => {
    stream?.close();
    stream = api.signals(parts.timeline.last(), { signal: parts.timeline.add, missed: parts.timeline.missed });
  };
  return {
    again() {
      times += 1;
      const time = times;
      parts.timeline.clear();
      hear();
      api.history().then((points) => {
        if (time !== times) return;
        model.seed(points);
        show(model, parts, 0);
      });
    },
    goOn() {
      // The browser gives up on a server that refused it once.
      if (stream.readyState === EventSource.CLOSED) hear();
    },
  };
}

function show(model, parts, lost) {
  const { snapshot, replayed } = model;
  const ended = snapshot.phase === "ended";
  if (notice && notice.until < Date.now()) notice = null;
  banner(
    notice?.text,
    ended && !replayed && "The run has ended. This is its last state.",
    lost > 0 && "The connection is lost. This is the last state that was heard; trying again…",
    replayed && "This is a recording.",
  );
  document.body.dataset.connection = lost && !ended ? "lost" : "up";
  setText(byId("phase"), words(snapshot.phase));
  byId("phase").dataset.phase = snapshot.phase;
  byId("run-controls").hidden = !model.controllable;
  setText(byId("uptime"), seconds(snapshot.elapsed_seconds));
  const totals = model.totals();
  setText(byId("rate-in"), rate(totals.in));
  setText(byId("rate-out"), rate(totals.out));
  showVerdict(model, parts.select);
  showAlerts(model);
  parts.graph.update(rootsOf(model));
  parts.table.update();
  parts.panel.update();
  parts.timeline.update();
}

main();
