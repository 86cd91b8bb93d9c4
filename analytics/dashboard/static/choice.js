// A list to choose from by one key, by searching, by mouse or by touch.
import { el } from "./dom.js";
import { announce, number, t } from "./page.js";

const KEYS = "123456789abcdefghijklmnopqrstuvwxyz";
// A list that is longer can be searched; beyond the keys, searching comes first.
const SEARCHED_FROM = 10;

const folded = (text) => text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();

/** A list in `place`, which is hidden until `open` is called. */
export function choice(place) {
  let picked = () => {}, closed = () => {}, entries = [], search = null;

  function close() {
    place.hidden = true;
    place.replaceChildren();
    entries = [];
  }
  function pick(entry) {
    const done = picked;
    close();
    done(entry.value);
  }
  const visible = () => entries.filter((entry) => !entry.row.hidden);

  function narrow() {
    const wanted = folded(search.value.trim());
    for (const entry of entries) entry.row.hidden = !entry.sought.includes(wanted);
    announce(t("choice.found", { n: number(visible().length) }));
  }

  /** Show options: {value, name, key?}. `choose` is called with the value, `cancel` when none is chosen. */
  function open(title, options, choose, cancel) {
    picked = choose;
    closed = cancel;
    let next = 0;
    entries = options.map((option) => {
      const key = option.key ?? KEYS[next++];
      const button = el("button", { type: "button", class: "option", "aria-keyshortcuts": key ?? null }, key ? el("kbd", {}, key.toUpperCase()) : null, el("span", {}, option.name));
      const entry = { ...option, key, button, row: el("li", {}, button), sought: folded(`${option.name} ${option.value ?? ""}`) };
      button.addEventListener("click", () => pick(entry));
      return entry;
    });
    search = options.length < SEARCHED_FROM ? null : el("input", { type: "search", id: "choice-search", autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "/" });
    search?.addEventListener("input", narrow);
    const back = el("button", { type: "button", class: "quiet", "aria-keyshortcuts": "Escape" }, t("choice.back"), " ", el("kbd", {}, "Esc"));
    back.addEventListener("click", cancelled);
    place.replaceChildren(el("h3", { id: "choice-title" }, title),
      ...(search ? [el("label", { for: "choice-search" }, t("choice.search"), " ", el("kbd", {}, "/")), search] : []),
      el("ol", { class: "options", "aria-labelledby": "choice-title" }, entries.map((entry) => entry.row)), back);
    place.hidden = false;
    announce(title);
    (options.length > KEYS.length ? search : entries[0].button).focus();
  }

  function cancelled() {
    const done = closed;
    close();
    done();
  }

  function move(step) {
    const shown = visible();
    const at = shown.findIndex((entry) => entry.button === document.activeElement);
    const to = at < 0 && step < 0 ? shown.length - 1 : at + step;
    (to < 0 && search ? search : shown[Math.max(0, Math.min(to, shown.length - 1))]?.button)?.focus();
  }

  /** Whether a key was meant for the list. */
  function key(event) {
    const typing = event.target === search;
    const option = typing ? undefined : entries.find((entry) => entry.key === event.key.toLowerCase() && !entry.row.hidden);
    if (event.key === "Escape") cancelled();
    else if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (typing && event.key === "Enter") {
      if (visible().length) pick(visible()[0]);
    } else if (!typing && event.key === "/" && search) search.focus();
    else if (option !== undefined) pick(option);
    else return false;
    return true;
  }

  return { open, close, key, isOpen: () => !place.hidden };
}
