// What the page asks its server.

import { byId } from "./dom.js";

/** An answer takes no longer than this, in milliseconds; else there is none. */
const PATIENCE = 10_000;
const TOKEN = "tidegate.token";

async function json(path) {
  const response = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

export const topology = () => json("/api/topology");
export const snapshot = () => json("/api/snapshot");
export const replay = () => json("/api/replay");

/** The last minutes, or none where the server keeps no history. */
export async function history() {
  try {
    return (await json("/api/history?seconds=600")).points ?? [];
  } catch {
    return [];
  }
}

/** Calls `signal` for each signal after the one of the number `after`, and `missed` when some were lost. */
export function signals(after, { signal, missed }) {
  const source = new EventSource(`/api/signals?after=${after}`);
  source.addEventListener("signal", (event) => signal(JSON.parse(event.data)));
  source.addEventListener("missed", () => missed());
  return source;
}

/** Sends a verb; asks for the token when the server wants one. Gives what went wrong, or nothing. */
export async function control(path, body = {}) {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const headers = { "Content-Type": "application/json" };
    const token = sessionStorage.getItem(TOKEN);
    if (token) headers.Authorization = `Bearer ${token}`;
    let response;
    try {
      response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    } catch {
      return "The server does not answer.";
    }
    if (response.ok) return null;
    if (response.status !== 401) return problem(response);
    sessionStorage.removeItem(TOKEN);
    const given = await ask(token ? "This token was not accepted. Controlling this topology needs its token." : null);
    if (!given) return "Nothing was changed: no token was given.";
    sessionStorage.setItem(TOKEN, given);
  }
  return "The token was not accepted.";
}

async function problem(response) {
  const text = (await response.text().catch(() => "")).slice(0, 300);
  try {
    const answer = JSON.parse(text);
    return String(answer.error ?? answer.message ?? text);
  } catch {
    return text || `The server answered ${response.status}.`;
  }
}

function ask(label) {
  const dialog = byId("token");
  const input = byId("token-input");
  input.value = "";
  if (label) byId("token-label").textContent = label;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => {
      const given = dialog.returnValue === "no" ? "" : input.value.trim();
      // What was typed must not stay in the page.
      input.value = "";
      resolve(given);
    };
    dialog.addEventListener("close", closed, { once: true });
  });
}
