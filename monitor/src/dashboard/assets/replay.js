// A recording: where in it one is, and how to get elsewhere.

import * as api from "./api.js";
import { byId, setText } from "./dom.js";
import { seconds } from "./format.js";

/**
 * The slider. `moved(elsewhere)` is called when it goes on, holds, or was taken elsewhere, `say(problem)` with what went wrong, or nothing.
 * `update()` asks where the recording is, and shows it.
 */
export function replay({ moved, say }) {
  const [form, range, play] = [byId("replay"), byId("replay-at"), byId("replay-play")];
  let state = null;
  // Whether somebody is moving it.
  let held = false;
  const send = async (body) => {
    const problem = await api.control("/api/replay", body);
    say(problem);
    if (!problem) moved("at" in body);
  };
  range.addEventListener("input", () => {
    held = true;
    setText(byId("replay-now"), seconds(Number(range.value)));
  });
  range.addEventListener("change", () => {
    held = false;
    send({ at: Number(range.value) });
  });
  // Where it is let go at the place where it was, nothing has changed.
  range.addEventListener("pointerup", () => { held = false; });
  play.addEventListener("click", () => send({ paused: !state.paused }));
  form.addEventListener("submit", (event) => event.preventDefault());

  async function update() {
    state = await api.replay();
    form.hidden = false;
    range.min = state.from;
    range.max = state.to;
    play.lastChild.textContent = state.paused ? " Play" : " Hold";
    play.firstElementChild.textContent = state.paused ? "▶\uFE0E" : "‖";
    if (held) return;
    range.value = state.at;
    setText(byId("replay-now"), `${seconds(state.at)} of ${seconds(state.to)}`);
  }

  return { update };
}
