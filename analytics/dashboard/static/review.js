// One ticket after the other: what it says, what was answered, and what a person says of that.
import { choice } from "./choice.js";
import { byId, el, empty, fill, pill } from "./dom.js";
import { foreign } from "./foreign_text.js";
import { Problem, announce, ask, label, labelName, moment, number, partName, service, share, showProblem, t, ticketLink, updated } from "./page.js";
import { reason } from "./reasons.js";

const { state, word, person, labels: made } = byId("review").dataset;
const labels = JSON.parse(made);
const MOODS = { AUTO: "good", SUGGEST: "info", REVIEW: "warn" };
const SHOWN_SAID = 8;
const LIFE_EVERY_MS = 60000, AGAIN_MS = 5000, AFTER_MS = 1500;

// Tickets that are ours, the first of them shown; those that were judged or skipped here; what was said, newest first.
let mine = [], changes = 0, timer = 0, looking = 0, over = false;
const gone = new Set(), said = [];

function send(name, body, more = {}) {
  const typed = byId("name")?.value.trim();
  return ask(`/api/review/${name}`, {
    method: "POST", headers: { "Content-Type": "application/json", "X-Review-Word": word },
    body: JSON.stringify(typed ? { ...body, name: typed } : body), ...more,
  });
}

/** Ask for what is ours, which keeps it ours, and for more. */
async function take() {
  clearTimeout(timer);
  const before = changes;
  try {
    const answer = await send("take", {});
    if (before === changes) keep(answer.tickets);
    showProblem(null);
    showUnpublished(answer.unpublished);
    updated();
  } catch (problem) {
    failed(problem);
  }
  clearTimeout(timer);
  if (before !== changes) return take();
  timer = setTimeout(() => (document.hidden ? null : take()), mine.length ? LIFE_EVERY_MS : AGAIN_MS);
}

function keep(tickets) {
  const [before] = mine;
  const held = tickets.filter((ticket) => !gone.has(ticket.event_id));
  const still = held.find((ticket) => ticket.event_id === before?.event_id);
  mine = still ? [still, ...held.filter((ticket) => ticket !== still)] : held;
  over = !mine.length;
  if (before && !still) announce(t("review.lost"));
  if (before?.event_id !== mine[0]?.event_id || over) show();
}

function failed(problem) {
  if (!(problem instanceof Problem)) throw problem;
  showProblem(problem);
  updated();
}

function show() {
  const [ticket] = mine;
  const focused = byId("desk").contains(document.activeElement) || document.activeElement === document.body;
  options.close();
  fill("shown", ticket ? card(ticket) : [
    el("h2", { id: "desk-title", tabindex: "-1" }, t(over ? "review.none" : "loading")), over ? empty(t("review.none_more")) : null]);
  for (const act of ["confirm", "correct", "skip"]) byId(act).disabled = !ticket;
  if (focused) title().focus();
}
const title = () => byId("desk-title");

function card(ticket) {
  return [
    el("h2", { id: "desk-title", tabindex: "-1", "aria-describedby": "written answered" }, t("life.title"), " ", ticketLink(ticket.ticket_id), " ", pill(t(`kind.${ticket.kind}`))),
    el("p", { class: "help" }, t(`kind.${ticket.kind}_more`)),
    el("div", { id: "written", class: "written fill" }, written(ticket)),
    el("div", { class: "revision fill" },
      el("div", { id: "answered" },
        el("h3", {}, t("review.answered")),
        el("p", { class: "answer" }, label(ticket.category, ticket.subcategory), " ", pill(t(`decision.${ticket.decision}`), MOODS[ticket.decision])),
        el("p", { class: "help" }, t("review.confidence", { share: share(ticket.confidence) })),
        el("ul", { class: "reasons" }, ticket.explanation.length ? ticket.explanation.map((code) => el("li", {}, reason(code))) : el("li", {}, t("life.no_reason")))),
      el("div", {},
        ticket.alternatives.length ? [el("h3", {}, t("life.instead")), el("ul", { class: "reasons" }, ticket.alternatives.map((other) =>
          el("li", {}, label(other.category, other.subcategory), ` · ${share(other.confidence)}`)))] : null,
        el("div", { class: "fill" }, el("dl", { class: "facts" },
          fact(t("life.at"), moment(ticket.categorized_at)),
          fact(t("stages.method"), t(`method.${ticket.method}`), ticket.model ? ` · ${ticket.model}` : ""),
          fact(t("life.language"), ticket.language ?? "–"),
          fact(t("life.channel"), ticket.channel ?? "–"))))),
  ];
}
const fact = (name, ...values) => [el("dt", {}, name), el("dd", {}, ...values)];

function written(ticket) {
  const link = /^https?:\/\//.test(ticket.link) ? el("p", {}, el("a", { href: ticket.link, target: "_blank", rel: "noopener noreferrer" }, t("review.open"))) : null;
  if (ticket.text === null) return [el("p", { class: "help" }, t(link ? "review.no_text_link" : "review.no_text")), link];
  return [
    el("h3", {}, ticket.text.subject ? foreign(ticket.text.subject) : t("review.no_subject")),
    el("div", { class: "description", tabindex: "0", role: "group", "aria-label": t("review.description") }, foreign(ticket.text.description)),
    ticket.text.left_out ? el("p", { class: "help" }, t("review.left_out", { n: number(ticket.text.left_out) })) : null,
    link,
  ];
}

/** Turn to the next ticket at once; it is here already. */
function next() {
  const ticket = mine.shift();
  gone.add(ticket.event_id);
  changes += 1;
  over = false;
  show();
  return ticket;
}

/** Have a ticket on the desk again. */
function restore(ticket) {
  changes += 1;
  gone.delete(ticket.event_id);
  mine.unshift(ticket);
  show();
}

async function judge(category, subcategory) {
  const entry = { ticket: next(), category, subcategory, state: "open", number: null, until: Infinity };
  const is = category === entry.ticket.category && subcategory === entry.ticket.subcategory ? "review.confirmed" : "review.corrected";
  entry.text = t(is, { label: labelName(category, subcategory) });
  said.unshift(entry);
  said.splice(Math.max(SHOWN_SAID, said.filter((other) => other.state === "open").length));
  announce(t("review.announced", { id: entry.ticket.ticket_id, said: entry.text }));
  entry.sent = send("judge", { event_id: entry.ticket.event_id, category, subcategory }, { keepalive: true });
  showSaid();
  try {
    const answer = await entry.sent;
    entry.number = answer.number;
    entry.until = performance.now() + answer.undo_s * 1000;
    clearTimeout(looking);
    looking = setTimeout(take, answer.undo_s * 1000 + AFTER_MS);
    showUnpublished(answer.unpublished);
    tick();
  } catch (problem) {
    entry.state = "refused";
    entry.until = 0;
    if (problem instanceof Problem && !["review_taken", "review_judged", "review_gone"].includes(problem.code)) restore(entry.ticket);
    failed(problem);
    showSaid();
    return;
  }
  take();
}

async function undo() {
  const entry = said.find((each) => each.state === "open" && performance.now() < each.until);
  if (!entry) return announce(t("review.nothing_to_undo"));
  entry.state = "undoing";
  try {
    await entry.sent;
    const { undone } = await send("undo", { number: entry.number });
    entry.state = undone ? "undone" : "sent";
    if (undone) restore(entry.ticket);
    announce(t(undone ? "review.undone" : "review.too_late", { id: entry.ticket.ticket_id }));
  } catch (problem) {
    entry.state = "sent";
    failed(problem);
  }
  showSaid();
}

function skip() {
  const ticket = next();
  announce(t("review.skipped", { id: ticket.ticket_id }));
  send("skip", { event_id: ticket.event_id }, { keepalive: true }).then(take, failed);
}

const confirm = () => judge(mine[0].category, mine[0].subcategory);
const options = choice(byId("choice") ?? el("div"));
function correct() {
  const back = () => title().focus();
  options.open(t("review.what"), Object.keys(labels).map((category) => ({ value: category, name: labelName(category) })), (category) => {
    const parts = labels[category];
    if (!parts.length) return judge(category, null);
    const only = { value: null, name: t("review.only", { label: labelName(category) }), key: "0" };
    options.open(t("review.which", { label: labelName(category) }),
      [only, ...parts.map((part) => ({ value: part, name: partName(category, part) }))],
      (part) => judge(category, part), back);
  }, back);
}

// The seconds in which something can be undone are counted down.
let ticking = 0;
function tick() {
  clearTimeout(ticking);
  showSaid();
  if (said.some((entry) => entry.state === "open")) ticking = setTimeout(tick, 500);
}

function showSaid() {
  for (const entry of said) if (entry.state === "open" && performance.now() >= entry.until) entry.state = "sent";
  const last = said.find((entry) => entry.state === "open");
  byId("undo").disabled = !last;
  byId("undo-left").textContent = last && last.until < Infinity ? t("review.left", { s: Math.ceil((last.until - performance.now()) / 1000) }) : "";
  fill("said", said.length ? el("ul", { class: "items" }, said.map((entry) =>
    el("li", {}, pill(t(`said.${entry.state}`), { refused: "bad", undone: "warn", sent: "good" }[entry.state] ?? "info"), el("span", {}, ticketLink(entry.ticket.ticket_id), ` · ${entry.text}`)))) : empty(t("review.nothing_said")));
}

function showUnpublished({ waiting, reason }) {
  fill("unpublished", waiting ? el("p", { class: "notice bad" }, el("strong", {}, t("review.unpublished", { n: number(waiting) })), t("review.unpublished_more"), el("small", { lang: "en" }, reason)) : null);
  if (waiting) announce(t("review.unpublished", { n: number(waiting) }));
}

const ACTS = { confirm: [confirm, "Enter"], correct: [correct, "c"], skip: [skip, "s"], undo: [undo, "u"] };

function begin() {
  byId("actions").append(...Object.entries(ACTS).map(([name, [act, key]]) => {
    const button = el("button", { type: "button", id: name, class: name === "confirm" ? null : "quiet", "aria-keyshortcuts": key.toUpperCase() === "ENTER" ? "Enter" : key.toUpperCase(), disabled: true },
      t(`act.${name}`), " ", el("kbd", {}, key === "Enter" ? "↵" : key.toUpperCase()), name === "undo" ? el("span", { id: "undo-left" }) : null);
    button.addEventListener("click", act);
    return button;
  }), el("p", { class: "help" }, t("act.help")));
  byId("desk").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (options.isOpen()) {
      if (options.key(event)) event.preventDefault();
      return;
    }
    if (event.key === "Enter" && event.target.closest("a, button, input")) return;
    const [name] = Object.entries(ACTS).find(([, [, key]]) => key === event.key || key === event.key.toLowerCase()) ?? [];
    if (name === undefined) return;
    event.preventDefault();
    if (name === "undo" || mine.length) ACTS[name][0]();
  });
  const field = byId("name");
  if (field) {
    field.value = localStorage.getItem("ticketstream_name") ?? "";
    field.addEventListener("change", () => localStorage.setItem("ticketstream_name", field.value));
  }
  addEventListener("pagehide", () => send("leave", {}, { keepalive: true }).catch(() => {}));
  addEventListener("pageshow", (event) => (event.persisted ? take() : null));
  document.addEventListener("visibilitychange", () => (document.hidden ? null : take()));
  show();
  showSaid();
  take();
}

if (state === "ready") begin();
else updated();
service();
