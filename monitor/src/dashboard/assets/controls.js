// Pause, resume, drain: of one actor, and of all.

import * as api from "./api.js";
import { byId } from "./dom.js";

/** Carries out a verb on an actor, or on the whole topology for `null`; a drain is asked about first. `say` gets what went wrong. */
export async function act(verb, name, say) {
  if (verb === "drain" && !(await sure(name))) return;
  const path = name === null ? `/api/${verb}` : `/api/actors/${encodeURIComponent(name)}/${verb}`;
  say(await api.control(path));
}

/** Makes the buttons for the whole topology work. */
export function runControls(run) {
  for (const button of byId("run-controls").querySelectorAll("button")) {
    button.addEventListener("click", () => run(button.dataset.verb));
  }
}

function sure(name) {
  const dialog = byId("confirm");
  byId("confirm-text").textContent = name === null
    ? "Drain the whole topology? Producers stop, what waits is handled, and the run ends."
    : `Drain ${name}? It takes nothing more, handles what waits, and ends. It cannot be started again.`;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
