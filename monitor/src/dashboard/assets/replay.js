// A recording: where in it one is, and how to get elsewhere.

import * as api from "./api.js";
import { byId, setText } from "./dom.js";
import { seconds } from "./format.js";

/** Shows the slider if the server can move in what it shows; `moved()` is called when it did. */
export async function replay(moved) {
  let state;
  try {
    state = await api.replay();
  } catch {
    return;
  }
  const [form, range, play] = [byId("replay"), byId("replay-at"), byId("replay-play")];
  form.hidden = false;
  let held = false;
  const send = async (body) => {
    await api.control("/api/replay", body);
    moved();
  };
  range.addEventListener("input", () => {
    held = true;
    setText(byId("replay-now"), seconds(Number(range.value)));
  });
  range.addEventListener("change", () => {
    held = false;
    send({ at: Number(range.value) });
  });
  play.addEventListener("click", () => send({ paused: !state.paused }));
  form.addEventListener("submit", (event) => event.preventDefault());

  const show = () => {
    range.min = state.from;
    range.max = state.to;
    if (!held) {
      range.value = state.at;
      setText(byId("replay-now"), `${seconds(state.at)} of ${seconds(state.to)}`);
    }
    play.lastChild.textContent = state.paused ? " Play" : " Hold";
    play.firstElementChild.textContent = state.paused ? "▶\uFE0E" : "‖";
  };
  show();
  setInterval(async () => {
    try {
      state = await api.replay();
      show();
    } catch {
      // The banner says already that the server does not answer.
    }
  }, 1000);
}
