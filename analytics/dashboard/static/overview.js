import { bars, el, empty, fill, pill, rich, table } from "./dom.js";
import { chart, slices } from "./charts.js";
import { ago, choice, decimals, duration, live, moment, number, rate, service, share, t, time } from "./page.js";

const METHODS = ["MODEL", "CACHE", "RULES", "OVERRIDE"];
const DECISIONS = ["AUTO", "SUGGEST", "REVIEW"];
const PERCENTILES = ["p50", "p95", "p99"];

let now = null, stored = null;
const minutes = choice("minutes", () => refresh());
const hour = (seconds) => time(seconds).slice(0, 5);

const drawRates = chart("rates", {
  series: METHODS.map((name) => ({ name: t(`method.${name}`), colour: name.toLowerCase() })),
  format: rate, across: hour, caption: t("rates.title"),
});
const drawPercentiles = chart("percentiles", {
  series: PERCENTILES.map((name) => ({ name: name.toUpperCase(), colour: name })),
  format: duration, across: hour, caption: t("percentiles.title"),
});

const refresh = live(() => `/api/overview?minutes=${minutes()}`, (data) => {
  stored = data;
  showFigures();
  showAttention();
  showRates(data);
  showPercentiles(data);
  showShares("methods", data.methods, METHODS, "method");
  showShares("decisions", data.decisions, DECISIONS, "decision");
  showBreakers(data.breakers);
});
service((told) => {
  now = told;
  showFigures();
  showAttention();
  showLag();
});

function figure(name, value, ...more) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value), more.filter(Boolean).map((text) => el("dd", { class: "more" }, text)));
}

function showFigures() {
  const data = stored;
  const lag = now === null ? null : Object.values(now.lag).reduce((sum, records) => sum + records, 0);
  fill("figures",
    figure(t("figure.rate"), data ? rate(data.tickets / data.minutes) : "–", data && t("figure.rate_more", { n: number(data.tickets) })),
    figure(t("figure.auto"), data?.tickets ? share((data.decisions.AUTO ?? 0) / data.tickets) : "–", t("figure.auto_more")),
    figure(t("figure.p95"), duration(data?.latency?.p95_ms), data?.latency && `P50\u00a0${duration(data.latency.p50_ms)} · P99\u00a0${duration(data.latency.p99_ms)}`),
    figure(t("figure.lag"), number(lag), now && t(lagUnknown() ? "figure.lag_unknown" : "figure.lag_more", { n: number(now.in_flight) })),
    figure(t("figure.breaker"), now === null ? "–" : pill(t(now.breaker_open ? "breaker.open" : "breaker.closed"), now.breaker_open ? "bad" : "good"),
      now && t("figure.breaker_more", { n: number(now.waiting) })),
    figure(t("figure.retries"), number(data?.model.retries), data && t("figure.retries_more", { calls: number(data.model.calls), failures: number(data.model.failures) })),
    // Models that tell no cost have no tile.
    ...(data?.cost ? [figure(t("figure.cost"), decimals(data.cost.cost),
      t("figure.cost_more", { per: data.tickets ? decimals((data.cost.cost * 1000) / data.tickets) : "–", tokens: number(data.cost.tokens) }))] : []));
}

function showAttention() {
  const items = [];
  const add = (mood, word, text, more) => items.push(el("li", {}, pill(word, mood), el("span", {}, text, more ? el("small", {}, more) : null)));
  for (const [worker, problem] of Object.entries(now?.workers ?? {})) if (problem) add("bad", t("attention.worker"), `${worker}: ${t(`worker.${problem}`)}`);
  if (now?.breaker_open) add("bad", t("attention.breaker"), t("attention.breaker_more"));
  if (lagUnknown()) add("bad", t("attention.lag"), lagSince());
  if (now?.stopped) add("warn", t("attention.stopped"), t("attention.stopped_more"));
  if (now?.dead) add("warn", t("attention.dead"), rich(t("attention.dead_more", { n: number(now.dead) })));
  for (const alert of stored?.alerts ?? []) {
    add("bad", t("attention.alert"), `${alert.operation} · ${alert.kind}`, [alert.detail, alert.instance, ago(alert.began_at)].filter(Boolean).join(" · "));
  }
  if (stored && stored.provisional) add("info", t("attention.provisional"), t("attention.provisional_more", { n: number(stored.provisional) }));
  if (items.length) fill("attention", el("ul", { class: "items" }, items));
  else fill("attention", empty(t(stored || now ? "attention.none" : "loading")));
}

function showRates(data) {
  if (!data.tickets) {
    const text = data.newest ? t("rates.quiet", { ago: ago(data.newest) }) : t("rates.empty");
    byNote("rates", text);
  } else byNote("rates", "");
  const per = data.slice_s / 60;
  const found = new Map(data.rates.map(([at_s, method, tickets]) => [`${method}|${at_s}`, tickets / per]));
  const [xs, column] = slices(data, found, 0);
  drawRates([xs, ...METHODS.map(column)]);
}

function showPercentiles(data) {
  const found = new Map();
  for (const [at_s, ...values] of data.percentiles) PERCENTILES.forEach((name, place) => found.set(`${name}|${at_s}`, values[place]));
  const [xs, column] = slices(data, found, null);
  drawPercentiles([xs, ...PERCENTILES.map(column)]);
}

// A sentence above a chart that has nothing to draw.
function byNote(id, text) {
  const place = document.getElementById(id);
  let note = place.querySelector(".empty");
  if (note === null) place.prepend((note = el("p", { class: "empty" })));
  note.hidden = text === "";
  note.replaceChildren(...rich(text));
}

function showShares(id, counts, names, kind) {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  if (!total) return fill(id, empty(t("none.window")));
  const shown = [...names.filter((name) => counts[name] || name !== "OVERRIDE"), ...Object.keys(counts).filter((name) => !names.includes(name))];
  fill(id, bars(shown.map((name) => ({
    name: t(`${kind}.${name}`),
    parts: [{ share: (counts[name] ?? 0) / total, colour: names.includes(name) ? name.toLowerCase() : "other" }],
    text: `${share((counts[name] ?? 0) / total)} · ${number(counts[name] ?? 0)}`,
  }))));
}

const lagUnknown = () => now !== null && now.lag_unknown_since_s !== null;

// The figures that are shown are the last ones, and no promise for now.
function lagSince() {
  const read_s = now.lag_unknown_since_s;
  return read_s ? t("lag.unknown_since", { ago: ago(new Date(read_s * 1000).toISOString()) }) : t("lag.never_read");
}

function showLag() {
  const topics = Object.entries(now.lag).sort();
  if (!topics.length) return fill("lag", empty(lagUnknown() ? lagSince() : t("lag.none")));
  fill("lag", lagUnknown() ? empty(lagSince()) : null, table(t("lag.title"), [{ title: t("lag.topic"), class: "id" }, { title: t("lag.records"), number: true }], topics.map(([topic, records]) => [topic, number(records)])));
}

function showBreakers(changes) {
  if (!changes.length) return fill("breakers", empty(t("breakers.none")));
  const mood = { CLOSED: "good", OPEN: "bad", HALF_OPEN: "warn" };
  fill("breakers", el("ul", { class: "items" }, changes.slice(0, 5).map((change) =>
    el("li", {}, pill(t(`breaker.${change.state.toLowerCase()}`), mood[change.state.toUpperCase()] ?? ""),
      el("span", {}, change.name, el("small", {}, moment(change.since), change.instance ? ` · ${change.instance}` : "",
        change.failures ? ` · ${t("breakers.failures", { n: number(change.failures) })}` : ""))))));
}
