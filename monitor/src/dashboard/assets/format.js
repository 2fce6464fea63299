// Numbers as people read them.

const STEPS = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];

/** 950, 12.3 k, 4.56 M. */
export function count(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  for (const [step, unit] of STEPS) {
    if (Math.abs(value) >= step) return `${digits(value / step)} ${unit}`;
  }
  return Number.isInteger(value) ? String(value) : digits(value);
}

/** 1024: every digit as long as there are few of them. */
export const whole = (value) => (Number.isInteger(value) && value < 100_000 ? String(value) : count(value));

/** 12.3 k/s. */
export const rate = (value) => (value === null || value === undefined ? "–" : `${count(value)}/s`);

function digits(value) {
  const size = Math.abs(value);
  if (size < 0.005) return "0";
  if (size >= 100) return value.toFixed(0);
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** 350 µs, 12.3 ms, 4.5 s, 3 min 20 s, 2 h 5 min. */
export function seconds(value) {
  if (value === null || value === undefined) return "–";
  if (value > 0 && value < 1e-3) return `${digits(value * 1e6)} µs`;
  if (value > 0 && value < 1) return `${digits(value * 1e3)} ms`;
  if (value < 60) return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} s`;
  const whole = Math.floor(value);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** 83 %. */
export const percent = (share) => (share === null || share === undefined ? "–" : `${Math.round(share * 100)} %`);

/** A word of the API as it is read: `breaker_open` is "breaker open". */
export const words = (word) => String(word).replaceAll("_", " ");
