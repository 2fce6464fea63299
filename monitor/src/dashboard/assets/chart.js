// Small charts over the last minutes.

import { el, svg } from "./dom.js";

const [WIDTH, HEIGHT] = [320, 64];

/** Shares of 1, stacked: `parts` are `[key, class]` from below. */
export function stacked(points, label, parts) {
  const x = scale(points);
  const total = (point) => parts.reduce((sum, [key]) => sum + (point[key] ?? 0), 0) || 1;
  let below = points.map(() => 0);
  const areas = parts.map(([key, kind]) => {
    const above = points.map((point, at) => below[at] + (point[key] ?? 0) / total(point));
    const edge = (values) => points.map((point, at) => `${x(point.at)},${(HEIGHT * (1 - values[at])).toFixed(1)}`);
    const shape = [...edge(above), ...edge(below).reverse()].join(" ");
    below = above;
    return svg("polygon", { class: `area ${kind}`, points: shape });
  });
  return chart(points, label, "100 %", areas);
}

/** Lines from 0 to the largest value: `series` are `[key, class]`, `marks` are `[value, class]`. */
export function lines(points, label, series, format, marks = []) {
  const values = points.flatMap((point) => series.map(([key]) => point[key] ?? 0));
  const most = Math.max(...values, ...marks.map(([value]) => value), 1e-9);
  const x = scale(points);
  const y = (value) => (HEIGHT - 2 - (HEIGHT - 6) * (value / most)).toFixed(1);
  const drawn = [
    ...marks.map(([value, kind]) => svg("path", { class: `rule ${kind}`, d: `M0,${y(value)}H${WIDTH}` })),
    ...series.map(([key, kind]) => svg("polyline", {
      class: `series ${kind}`,
      points: points.filter((point) => point[key] != null).map((point) => `${x(point.at)},${y(point[key])}`).join(" "),
    })),
  ];
  return chart(points, label, format(most), drawn);
}

function scale(points) {
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 1];
  return (at) => ((WIDTH * (at - first)) / (last - first || 1)).toFixed(1);
}

function chart(points, label, most, drawn) {
  const span = points.length > 1 ? points.at(-1).at - points[0].at : 0;
  const picture = svg("svg", {
    class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `${label}, at most ${most}`,
  }, drawn);
  return el("figure", { class: "chart-frame" },
    el("figcaption", {}, el("span", {}, label), el("span", { class: "most" }, most)),
    picture,
    el("div", { class: "axis", "aria-hidden": "true" }, el("span", {}, span ? `${Math.round(span)} s ago` : ""), el("span", {}, "now")));
}
