// The alerts that fire, and those that are about to.

import { byId, el, setText, withNames } from "./dom.js";
import { seconds } from "./format.js";

/** Alerts that are shown; of more, only how many they are. */
const MOST_SHOWN = 8;
const MARKS = { firing: "▲", pending: "…" };

/** The states of those that were on before. */
let before = new Map();
/** For how long each that is shown is on. */
let spans = [];

/** Shows the alerts of `model`: those that fire first, and nothing when there are none. */
export function showAlerts(model) {
  const on = model.alerts.filter((alert) => alert.state in MARKS).toSorted((one, other) => one.state.localeCompare(other.state));
  announce(on);
  const list = byId("alerts");
  const wanted = JSON.stringify(on.map(({ name, state, text }) => [name, state, text]));
  if (list.dataset.shown !== wanted) {
    list.dataset.shown = wanted;
    list.hidden = on.length === 0;
    const shown = on.slice(0, MOST_SHOWN);
    spans = shown.map(() => el("span", {}));
    const more = on.length - shown.length;
    list.replaceChildren(...shown.map((alert, at) => item(alert, spans[at])), ...(more ? [el("li", {}, `and ${more} more`)] : []));
  }
  spans.forEach((span, at) => {
    const since = on[at].since_seconds;
    setText(span, since == null ? "" : ` for ${seconds(Math.max(0, Math.round(model.snapshot.elapsed_seconds - since)))}`);
  });
}

function item(alert, span) {
  return el("li", { "data-alert": alert.name, "data-state": alert.state },
    el("span", { class: "chip", "data-alert-state": alert.state }, el("span", { "aria-hidden": "true" }, MARKS[alert.state]), ` ${alert.state}`),
    el("span", {}, el("b", {}, alert.name), span, alert.text ? ": " : "", withNames(alert.text ?? "")));
}

/** Tells those who do not see the page what begins and what ends: not each second that goes by, nor each number that changes. */
function announce(on) {
  const now = new Map(on.map((alert) => [alert.name, alert.state]));
  const news = [
    ...[...now].filter(([name, state]) => before.get(name) !== state).map(([name, state]) => `Alert ${name} is ${state}.`),
    ...[...before.keys()].filter((name) => !now.has(name)).map((name) => `Alert ${name} is over.`),
  ];
  before = now;
  if (news.length) setText(byId("alerts-said"), news.slice(0, MOST_SHOWN).join(" "));
}
