// Elements. Text only ever becomes a text node, whatever is in it: no name can turn into markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** An element of HTML: `el("p", { class: "hint" }, "text", otherElement)`. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An element of SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** The element of this id, which is in the page from the start. */
export const byId = (id) => document.getElementById(id);

/** Sets a text, and touches nothing if it is that already, so that nothing is announced twice. */
export function setText(element, text) {
  const string = String(text);
  if (element.textContent !== string) element.textContent = string;
}

/** Sets an attribute, or takes it away for `null`. */
export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}

/** What to append for a sentence of the server, with what stands between backticks (names) set off. */
export const withNames = (text) => text.split("`").map((piece, at) => (at % 2 ? el("b", {}, piece) : piece));

/** Cuts a text to about `room` pixels of letters `letter` pixels wide. */
export function shorten(text, room, letter) {
  const most = Math.floor(room / letter);
  const letters = Array.from(text);
  return letters.length <= most ? text : letters.slice(0, Math.max(most - 1, 1)).join("") + "…";
}
