// What every page does: words, numbers, colours, and asking again and again while somebody looks.
import { byId, el, fill, pill, rich } from "./dom.js";

const language = document.documentElement.lang;
const words = await (await fetch(document.body.dataset.words)).json();

const NO_BREAK = "\u00a0";

/** The text of this name in the page's language, with its places filled in. A number keeps the word that it counts. */
export function t(name, values = {}) {
  const text = Object.hasOwn(words, name) ? words[name] : name;
  return text.replace(/\{(\w+)\}( (?=\p{L}))?/gu, (_, key, space) => {
    const value = values[key] ?? "";
    return `${value}${space && /^[\d.,\s]+$/.test(value) ? NO_BREAK : space ?? ""}`;
  });
}
export const known = (name) => Object.hasOwn(words, name);

// The names that the taxonomy gives its labels, in the page's language.
const names = JSON.parse(byId("names").dataset.names);
const nameOf = (path, part) => (Object.hasOwn(names, path) ? names[path] : part);

/** A subcategory by its name alone. */
export const partName = (category, subcategory) => nameOf(`${category}/${subcategory}`, subcategory);

/** A category by its name, and its subcategory; what a taxonomy does not name is its own name. */
export function labelName(category, subcategory) {
  const name = nameOf(category, category);
  return subcategory === null || subcategory === undefined ? name : `${name} / ${partName(category, subcategory)}`;
}

/** The same as an element that gives the label itself, which commands take, to who asks. */
export function label(category, subcategory) {
  const path = subcategory === null || subcategory === undefined ? category : `${category}/${subcategory}`;
  return el("span", { title: path }, labelName(category, subcategory));
}

const format = (options) => new Intl.NumberFormat(language, options);
const plain = format({ maximumFractionDigits: 0, useGrouping: "always" });
const fine = format({ maximumFractionDigits: 1 });
const percent = format({ style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const signed = format({ minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });
const significant = format({ maximumSignificantDigits: 3 });
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", hourCycle: undefined });
const distance = new Intl.RelativeTimeFormat(language, { numeric: "always" });

export const number = (value) => (value === null || value === undefined ? "–" : plain.format(value));
export const rate = (value) => (value < 10 ? fine : plain).format(value);
export const share = (value) => (value === null || value === undefined ? "–" : percent.format(value));
/** A difference of two shares, in points, with its sign. */
export const points = (value) => signed.format(100 * value);
export const decimals = (value) => (value === null || value === undefined ? "–" : significant.format(value));
/** A duration in the unit that makes it short. */
export function duration(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms === 0) return "0";
  const [value, unit] = ms < 1 ? [ms * 1000, "µs"] : ms < 1000 ? [ms, "ms"] : [ms / 1000, "s"];
  return `${significant.format(value)}${NO_BREAK}${unit}`;
}
export const time = (seconds) => clock.format(new Date(seconds * 1000));
export const moment = (text) => el("time", { datetime: text, title: text }, date.format(new Date(text)));
export function ago(text) {
  const seconds = (Date.parse(text) - Date.now()) / 1000;
  const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([size]) => Math.abs(seconds) >= size) ?? [1, "second"];
  return distance.format(Math.round(seconds / size), unit);
}

export function ticketLink(id) {
  return el("a", { href: `/ticket?id=${encodeURIComponent(id)}`, class: "id" }, id === "" ? t("ticket.unnamed") : id);
}

/** What a choice of windows says; `changed` is called when it says something else. It is kept in the address. */
export function choice(name, changed) {
  const field = document.querySelector(`[data-choice="${name}"]`);
  const wanted = new URLSearchParams(location.search).get(name);
  for (const input of field.querySelectorAll("input")) if (input.value === wanted) input.checked = true;
  field.addEventListener("change", () => {
    const address = new URL(location.href);
    address.searchParams.set(name, field.querySelector("input:checked").value);
    history.replaceState(null, "", address);
    changed();
  });
  return () => field.querySelector("input:checked").value;
}

/** Say something to those who listen instead of looking; only what changed deserves it. */
let said = "";
export function announce(text) {
  if (text === said) return;
  said = text;
  byId("announce").textContent = text;
}

export class Problem extends Error {
  constructor(code, detail, rest = null) {
    super(detail);
    this.code = code;
    this.rest = rest;
  }
}

export async function ask(address, { headers = {}, ...more } = {}) {
  let response;
  try {
    response = await fetch(address, { ...more, headers: { Accept: "application/json", ...headers }, signal: AbortSignal.timeout(60000) });
  } catch {
    throw new Problem("unreachable", "");
  }
  if (response.ok) return response.json();
  const told = await response.json().catch(() => ({}));
  throw new Problem(told.problem ?? "failed", told.detail ?? `HTTP ${response.status}`, told.rest);
}

export function showProblem(problem) {
  if (problem === null) {
    fill("notice");
    return;
  }
  const title = t(`problem.${problem.code}`);
  fill("notice", el("p", { class: "notice bad" },
    el("strong", {}, title), rich(t(`mend.${problem.code}`)),
    problem.message ? el("small", { lang: "en" }, problem.message) : null,
    problem.code.endsWith("sign_in") ? el("a", { href: location.href }, t("sign_in.again")) : null));
  announce(title);
}

/** Say that what stands here is of this moment. */
export function updated() {
  byId("updated").textContent = t("updated", { at: time(Date.now() / 1000) });
}

/**
 * Ask for an address every so often and show the answer, or what is known in spite of a problem (`showRest`).
 * Returns a function that asks at once.
 */
export function live(address, show, everyMs = 5000, showRest = () => {}) {
  let timer = 0, turn = 0;
  async function round() {
    clearTimeout(timer);
    const mine = ++turn;
    const wanted = address();
    try {
      const data = wanted === null ? null : await ask(wanted);
      if (mine !== turn) return;
      showProblem(null);
      if (data !== null) {
        show(data);
        updated();
      }
    } catch (problem) {
      if (mine !== turn) return;
      if (!(problem instanceof Problem)) throw problem;
      showProblem(problem);
      if (problem.rest) showRest(problem.rest);
    } finally {
      if (mine === turn) timer = setTimeout(() => (document.hidden ? null : round()), everyMs);
    }
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? null : round()));
  round();
  return round;
}

/** The line under the title: how the service is at this moment. Whoever wants to know more is told too. */
export function service(more = () => {}) {
  let trouble = false;
  async function round() {
    try {
      const now = await ask("/api/live");
      const broken = Object.entries(now.workers).filter(([, problem]) => problem);
      const line = byId("service");
      line.hidden = false;
      const parts = broken.length
        ? broken.map(([worker, problem]) => pill(`${worker}: ${t(`worker.${problem}`)}`, "bad"))
        : [pill(t("service.working", { n: Object.keys(now.workers).length }), "good")];
      if (now.breaker_open) parts.push(pill(t("service.breaker_open"), "warn"));
      if (now.stopped) parts.push(pill(t("service.stopped"), "warn"));
      if (now.dead) parts.push(pill(t("service.dead", { n: number(now.dead) }), "warn"));
      fill("service", parts);
      const told = parts.map((part) => part.textContent).join(". ");
      const bad = broken.length > 0 || now.breaker_open;
      if (bad !== trouble) announce(told);
      trouble = bad;
      more(now);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      fill("service", pill(t(`problem.${problem.code}`), "bad"));
      byId("service").hidden = false;
    }
    setTimeout(round, document.hidden ? 10000 : 2500);
  }
  round();
}

// Colours: the browser's own wish until a person chooses; the choice is kept in a cookie so that the server knows it.
const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
const recoloured = [];
export const onColours = (redraw) => recoloured.push(redraw);
const button = byId("theme");
function nameButton() {
  button.textContent = t(theme() === "dark" ? "theme.light" : "theme.dark");
}
button.hidden = false;
button.addEventListener("click", () => {
  const wanted = theme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = wanted;
  document.cookie = `ticketstream_theme=${wanted}; path=/; max-age=31536000; samesite=lax`;
  nameButton();
  recoloured.forEach((redraw) => redraw());
});
dark.addEventListener("change", () => {
  nameButton();
  recoloured.forEach((redraw) => redraw());
});
nameButton();
