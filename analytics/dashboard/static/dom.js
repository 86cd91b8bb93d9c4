// Elements made of text: nothing that comes from outside is ever read as HTML.

/** An element; `style` is set property by property, everything else as attributes. */
export function el(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "style") for (const [property, set] of Object.entries(value)) made.style.setProperty(property, set);
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

const FOCUSABLE = "a, button, summary, input, [tabindex]";

/** Show this in place of what an element holds, and touch nothing when it is the same. */
export function fill(id, ...children) {
  const place = byId(id);
  const fresh = el("div", {}, ...children);
  const opened = [...place.querySelectorAll("details")].map((details) => details.open);
  fresh.querySelectorAll("details").forEach((details, at) => (details.open = opened[at] ?? false));
  if (place.innerHTML === fresh.innerHTML) return;
  // Whoever reads or scrolls here is left where they are.
  const focused = [...place.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  const scrolled = [...place.querySelectorAll(".scroll")].map((region) => region.scrollLeft);
  place.replaceChildren(...fresh.childNodes);
  place.querySelectorAll(".scroll").forEach((region, at) => (region.scrollLeft = scrolled[at] ?? 0));
  if (focused >= 0) place.querySelectorAll(FOCUSABLE)[focused]?.focus({ preventScroll: true });
}

/** A table with a caption for those who cannot see what stands around it. Columns: {title, number}. */
export function table(caption, columns, rows) {
  const cell = (column, value, first) =>
    el(first ? "th" : "td", { scope: first ? "row" : null, class: column.number ? "number" : column.class }, value ?? "–");
  return el(
    // A group, no region: the card around it is the landmark, often with the same name.
    "div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    el("table", {},
      el("caption", { class: "hidden" }, caption),
      el("thead", {}, el("tr", {}, columns.map((column) =>
        el("th", { scope: "col", class: column.number ? "number" : null }, column.title)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((value, place) => cell(columns[place], value, place === 0)))))));
}

/** Bars, each with its name, its share of the whole track and what to read beside it. */
export function bars(rows, kind = "") {
  return el("ul", { class: `bars ${kind}` }, rows.map(({ name, parts, text, title }) =>
    el("li", { title },
      el("span", { class: "name" }, name),
      el("span", { class: "track", "aria-hidden": "true" }, parts.map(({ share, colour }) =>
        el("i", { style: { width: `${Math.max(0, Math.min(100, share * 100))}%`, background: `var(--${colour})` } }))),
      el("span", { class: "number" }, text))));
}

export function legend(entries) {
  return el("ul", { class: "legend" }, entries.map(({ name, colour, dash }) =>
    el("li", {}, el("i", { class: dash ? "dashed" : null, style: dash ? { "border-color": `var(--${colour})` } : { background: `var(--${colour})` }, "aria-hidden": "true" }), name)));
}

export const pill = (text, mood = "") => el("span", { class: `pill ${mood}` }, text);
export const empty = (text) => el("p", { class: "empty" }, rich(text));

/** A sentence of ours in which `commands` stand between backticks. */
export const rich = (text) => text.split("`").map((part, at) => (at % 2 ? el("code", {}, part) : part));
