// The first thing one reads: what holds everything up.

import { byId, el, setText, withNames } from "./dom.js";
import { percent, seconds, words } from "./format.js";

const MARKS = { none: "…", well: "✓", pressure: "▲", ended: "■" };

/** What stands behind the name of each root. */
let spans = [];

/** What the verdict names as the roots of the pressure: where only a source sets the pace, there is none. */
const roots = (model) => (model.verdict?.roots ?? []).filter((root) => root.kind !== "slow_source");

/** The actors that are roots of the pressure. */
export const rootsOf = (model) => new Set(roots(model).map((root) => root.actor));

/** Shows the verdict; `select(name)` is called for an actor that is chosen. */
export function showVerdict(model, select) {
  const found = roots(model);
  const section = byId("verdict");
  const kind = model.snapshot.phase === "ended" ? "ended" : trouble(model) ? "pressure" : "well";
  section.dataset.kind = kind;
  setText(byId("verdict-mark"), MARKS[kind]);
  say(sentence(model));
  const list = byId("verdict-roots");
  list.hidden = found.length === 0;
  // A button must not go while somebody is about to press it: it is made anew only for another actor.
  const wanted = JSON.stringify(found.map((root) => root.actor));
  if (list.dataset.shown !== wanted) {
    list.dataset.shown = wanted;
    spans = found.map(() => el("span", {}));
    list.replaceChildren(...found.map((root, at) => el("li", {}, opener(root.actor, select), spans[at])));
  }
  found.forEach((root, at) => setText(spans[at], about(root, model)));
}

function opener(actor, select) {
  const button = el("button", { type: "button", class: "link-button" }, actor);
  button.addEventListener("click", () => select(actor));
  return button;
}

/** " busy 99 % for 12 s". */
function about(root, model) {
  const since = root.since_seconds == null ? "" : ` for ${seconds(Math.max(0, Math.round(model.snapshot.elapsed_seconds - root.since_seconds)))}`;
  const share = root.share > 0 ? ` ${percent(root.share)}` : "";
  const advice = root.advice && !model.verdict.summary?.includes(root.advice) ? `: ${root.advice}` : "";
  return ` ${words(root.kind)}${share}${since}${advice}`;
}

/** Shows a sentence. Nothing is announced again that is the same. */
function say(text) {
  const place = byId("verdict-text");
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.replaceChildren(...withNames(text));
}

function trouble(model) {
  if (roots(model).length > 0) return true;
  return Object.values(model.snapshot.actors).some((actor) => actor.mailbox?.pressured || actor.state === "failed");
}

/** The sentence of the server; without one, what is plain to see. */
function sentence(model) {
  const verdict = typeof model.verdict === "string" ? model.verdict : model.verdict?.summary;
  if (verdict) return verdict;
  const actors = Object.entries(model.snapshot.actors);
  const pressured = actors.filter(([, actor]) => actor.mailbox?.pressured).map(([name]) => name);
  if (pressured.length === 0) return "No mailbox is pressured.";
  const shown = pressured.slice(0, 4).join(", ") + (pressured.length > 4 ? ` and ${pressured.length - 4} more` : "");
  return pressured.length === 1 ? `The mailbox of ${shown} is pressured.` : `The mailboxes of ${shown} are pressured.`;
}
