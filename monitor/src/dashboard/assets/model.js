// What is known about the topology, and what follows from two snapshots.

/** Points of the history that are kept, about one a second. */
const MOST_POINTS = 600;
/** The shortest time between two points, in seconds. */
const SHORTEST = 0.4;

/** The topology with the last snapshot and the last minutes. */
export class Model {
  constructor(description) {
    this.description = description;
    this.actors = new Map(description.actors.map((actor) => [actor.name, actor]));
    this.rank = new Map(description.layout.nodes.map((node) => [node.name, node.rank]));
    this.snapshot = null;
    /** The snapshot at the newest point. */
    this.counted = null;
    this.verdict = null;
    this.alerts = [];
    this.replayed = false;
    this.points = [];
  }

  /** Takes in what `/api/history` says, as far as it is older than what is known. */
  seed(points) {
    const first = this.points[0]?.at ?? Infinity;
    const old = points.filter((point) => point.at_seconds < first);
    const known = old.map((point) => ({ at: point.at_seconds, actors: new Map(Object.entries(point.actors ?? {})) }));
    this.points = [...known, ...this.points].slice(-MOST_POINTS);
  }

  /** Takes in the first snapshot after a recording was taken elsewhere: what was shown before is not what led there. */
  restart(heard) {
    this.points = [];
    this.counted = null;
    this.update(heard);
  }

  /** Takes in a snapshot. */
  update({ snapshot, verdict, alerts, replayed }) {
    this.counted ??= snapshot;
    // Of a shorter time there is too little to say how much it is in a second.
    if (snapshot.elapsed_seconds - this.counted.elapsed_seconds >= SHORTEST) {
      this.points.push(between(this.counted, snapshot));
      this.counted = snapshot;
    }
    this.points.splice(0, this.points.length - MOST_POINTS);
    this.snapshot = snapshot;
    this.verdict = verdict ?? null;
    this.alerts = alerts ?? [];
    this.replayed = Boolean(replayed);
  }

  /** The newest point, or an empty one. */
  get now() {
    return this.points.at(-1) ?? { at: 0, actors: new Map() };
  }

  /** Whether there is anything to control: not in a recording, nor after the end, nor where the server says so. */
  get controllable() {
    return !this.replayed && this.snapshot?.phase !== "ended" && ![null, "refused"].includes(this.description.control);
  }

  /** What is known about one actor at this moment. */
  point(name) {
    return this.now.actors.get(name) ?? {};
  }

  /** The links of `/api/snapshot`, those of one pair of actors and one port as one. */
  links() {
    const links = new Map();
    for (const link of this.snapshot?.links ?? []) links.set(linkKey(link.from, link.to), link);
    return links;
  }

  /** The links that lead to an actor, or from it. */
  linksOf(name) {
    const links = this.snapshot?.links ?? [];
    const emits = (link) => link.from === name || link.from.startsWith(`${name}.`);
    return { into: links.filter((link) => link.to === name), out: links.filter(emits) };
  }

  /** Messages per second that the producers emit and the consumers handle. */
  totals() {
    const sum = (role, key) => {
      let total = 0;
      for (const [name, point] of this.now.actors) {
        if (this.actors.get(name)?.role === role) total += point[key] ?? 0;
      }
      return this.points.length ? total : null;
    };
    return { in: sum("producer", "emitted_rate"), out: sum("consumer", "handled_rate") };
  }
}

/** The key of a link, whose start is `actor` or `actor.port`. */
export const linkKey = (from, to) => JSON.stringify([from, to]);

/** A point of the history: what happened between two snapshots. */
function between(before, after) {
  const span = after.elapsed_seconds - before.elapsed_seconds;
  const actors = new Map();
  for (const [name, now] of Object.entries(after.actors)) {
    const then = before.actors[name];
    if (!then) continue;
    const rate = (key) => Math.max(0, (now[key] - then[key]) / span);
    const spent = (key) => Math.max(0, now.time[key] - then.time[key]);
    const [idle, busy, blocked] = [spent("idle_seconds"), spent("busy_seconds"), spent("blocked_seconds")];
    const all = idle + busy + blocked;
    const waits = after.links.filter((link) => link.to === name && link.wait).map((link) => link.wait.p99_seconds);
    actors.set(name, {
      idle: all ? idle / all : null,
      busy: all ? busy / all : null,
      blocked: all ? blocked / all : null,
      received_rate: rate("received"),
      handled_rate: rate("handled"),
      emitted_rate: rate("emitted"),
      depth: now.mailbox?.depth ?? null,
      p99_seconds: waits.length ? Math.max(...waits) : null,
    });
  }
  const links = new Map();
  const then = new Map(before.links.map((link) => [linkKey(link.from, link.to), link.emitted]));
  for (const link of after.links) {
    const key = linkKey(link.from, link.to);
    links.set(key, Math.max(0, (link.emitted - (then.get(key) ?? link.emitted)) / span));
  }
  return { at: after.elapsed_seconds, actors, links };
}

/** How an actor is: a word, a mark for those who see no colours, and what to call it. */
export function condition(report) {
  if (!report) return { kind: "unknown", mark: "·", text: "unknown" };
  const held = report.time.now.find((now) => now.activity === "blocked")?.cause;
  if (report.state === "failed") return { kind: "failed", mark: "✕", text: "failed" };
  if (report.state === "stuck") return { kind: "failed", mark: "✕", text: "stuck" };
  if (report.state === "restarting") return { kind: "breaker", mark: "↻", text: "restarting" };
  if (report.breaker?.state === "open") return { kind: "breaker", mark: "⚡\uFE0E", text: "breaker open" };
  if (report.breaker?.state === "half_open") return { kind: "breaker", mark: "⚡\uFE0E", text: "half open" };
  if (report.state === "ended") return { kind: "ended", mark: "■", text: "ended" };
  if (held === "operator") return { kind: "paused", mark: "‖", text: "paused" };
  if (report.mailbox?.pressured) return { kind: "pressured", mark: "▲", text: "pressured" };
  if (report.state === "starting") return { kind: "unknown", mark: "·", text: "starting" };
  if (!report.mailbox && report.state === "paused") return { kind: "pressured", mark: "▲", text: "held" };
  return { kind: "open", mark: "●", text: report.mailbox ? "open" : "running" };
}
