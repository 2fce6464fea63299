// The first thing one reads: what holds everything up.

import { byId, el, setText } from "./dom.js";
import { percent, seconds } from "./format.js";

const MARKS = { none: "…", well: "✓", pressure: "▲", ended: "■" };

/** The actors that the verdict names as the roots of the pressure. */
export const rootsOf = (model) => new Set((model.verdict?.roots ?? []).map((root) => root.actor));

/** Shows the verdict; `select(name)` is called for an actor that is chosen. */
export function showVerdict(model, select) {
  const roots = model.verdict?.roots ?? [];
  const section = byId("verdict");
  const kind = model.snapshot.phase === "ended" ? "ended" : trouble(model) ? "pressure" : "well";
  section.dataset.kind = kind;
  setText(byId("verdict-mark"), MARKS[kind]);
  say(sentence(model));
  const list = byId("verdict-roots");
  list.hidden = roots.length === 0;
  const lasts = (root) => (root.since_seconds == null ? null : Math.max(0, Math.round(model.snapshot.elapsed_seconds - root.since_seconds)));
  // A button that has the focus must not go while nothing changes.
  const wanted = JSON.stringify(roots.map((root) => [root.actor, root.kind, root.share, root.advice, lasts(root)]));
  if (list.dataset.shown === wanted || list.contains(document.activeElement)) return;
  list.dataset.shown = wanted;
  list.replaceChildren(...roots.map((root) => {
    const button = el("button", { type: "button", class: "link-button" }, root.actor);
    button.addEventListener("click", () => select(root.actor));
    const since = lasts(root) === null ? "" : ` for ${seconds(lasts(root))}`;
    const share = root.share > 0 ? ` ${percent(root.share)}` : "";
    const advice = root.advice && !model.verdict.summary?.includes(root.advice) ? `: ${root.advice}` : "";
    return el("li", {}, button, ` ${String(root.kind).replaceAll("_", " ")}${share}${since}${advice}`);
  }));
}

/** Shows a sentence, with what stands between backticks (names) set off. Nothing is announced again that is the same. */
function say(text) {
  const place = byId("verdict-text");
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.replaceChildren(...text.split("`").map((piece, at) => (at % 2 ? el("b", {}, piece) : piece)));
}

function trouble(model) {
  if ((model.verdict?.roots ?? []).length > 0) return true;
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
