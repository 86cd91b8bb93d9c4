import { byId, el, empty, fill, rich, table } from "./dom.js";
import { chart } from "./charts.js";
import { choice, decimals, label, live, number, service, share, t } from "./page.js";
import { cell, percent, told } from "./shares.js";

const FIGURES = ["upper_bound", "verified", "audit"];
const COLOURS = { upper_bound: "other", verified: "model", audit: "auto" };
const days = choice("days", () => refresh());

const drawReliability = chart("reliability", {
  series: [
    { name: t("reliability.ideal"), colour: "muted", dash: [4, 4], width: 1 },
    { name: t("reliability.verified"), colour: "model", points: true },
    { name: t("reliability.audit"), colour: "auto", points: true },
  ],
  format: percent, across: percent, isTime: false, height: 260, range: [0, 1], rangeX: [0, 1], caption: t("reliability.title"),
});

let grid = [];
let thresholds = null;
const slider = byId("threshold");
const chosen = () => grid[Number(slider.value)];
const plot = el("div", { id: "trade-off" });
const verdict = el("p", { class: "fill", role: "status" });
byId("thresholds").append(verdict, plot);
const drawTradeOff = chart("trade-off", {
  series: [
    { name: t("thresholds.coverage"), colour: "other" },
    { name: t("thresholds.precision"), colour: "auto" },
    { name: t("thresholds.proven"), colour: "auto", dash: [4, 4] },
  ],
  format: percent, across: percent, isTime: false, height: 220, range: [0, 1], rangeX: [0, 1], caption: t("thresholds.title"),
  marker: () => chosen()?.threshold ?? 0,
});
slider.addEventListener("input", () => showThreshold());

const refresh = live(() => `/api/accuracy?days=${days()}`, (data) => {
  showThree(data);
  showCategories(data.categories);
  showConfusion(data.confusion);
  showReliability(data.reliability);
  showThresholds(data.thresholds);
}, 20000);
service();

function interval(figure, colour, low = 0) {
  const at = (value) => `${(100 * Math.max(0, value - low)) / (1 - low)}%`;
  return el("span", { class: "interval", "aria-hidden": "true" }, figure.share === null ? null : [
    el("i", { style: { left: at(figure.low), right: `calc(100% - ${at(figure.high)})`, background: `var(--${colour})` } }),
    el("b", { style: { left: at(figure.share), background: `var(--${colour})` } })]);
}

function showThree({ figures, drawn, two_people: twoPeople }) {
  if (!figures.upper_bound.n) return fill("three", empty(t("three.none")));
  // The scale begins below everything that is shown, at half when that is low enough.
  const lowest = Math.min(...FIGURES.map((name) => figures[name]).filter((figure) => figure.share !== null).map((figure) => figure.low), 1);
  const from = Math.min(0.5, Math.floor(10 * lowest) / 10);
  fill("three", el("ul", { class: "bars even" }, FIGURES.map((name) => el("li", {},
    el("span", { class: "name" }, el("strong", {}, t(`three.${name}`))), interval(figures[name], COLOURS[name], from),
    el("span", { class: "number" }, told(figures[name])),
    el("span", { class: "help note" }, t(`three.${name}_more`, { drawn: number(drawn) })))),
    el("li", { class: "scale", "aria-hidden": "true" }, el("span", {}), el("span", { class: "ticks" }, el("span", {}, percent(from)), el("span", {}, percent((1 + from) / 2)), el("span", {}, percent(1))))),
  twoPeople.n ? el("p", { class: "help", id: "two-people" }, t("three.two_people", { figure: told(twoPeople) })) : null);
}

function showCategories(categories) {
  if (!categories.length) return fill("categories", empty(t("three.none")));
  const most = Math.max(...categories.map((category) => category.n));
  fill("categories", table(t("categories.title"),
    [{ title: t("categories.name"), class: "id" }, { title: t("categories.n"), number: true }, { title: el("span", { class: "hidden" }, t("categories.bar")), class: "bar-cell" }, { title: t("categories.corrected"), number: true },
      ...FIGURES.map((name) => ({ title: t(`three.${name}`), number: true }))],
    categories.map((category) => [category.name === null ? "–" : label(category.name), number(category.n),
      el("span", { class: "track", "aria-hidden": "true" }, el("i", { style: { width: `${(100 * category.n) / (most || 1)}%`, background: "var(--model)" } })),
      number(category.corrected), ...FIGURES.map((name) => cell(category[name]))])));
}

function showConfusion({ all, labels, counts }) {
  if (!labels.length) return fill("confusion", empty(t("confusion.none")));
  // A row is told by its shares, so that a rare category is as readable as a frequent one.
  const rows = counts.map((row) => ({ row, sum: row.reduce((sum, n) => sum + n, 0) }));
  fill("confusion",
    all > labels.length ? el("p", { class: "help" }, t("confusion.others", { n: labels.length, all })) : null,
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("confusion.title") },
      el("table", { class: "heat" }, el("caption", { class: "hidden" }, t("confusion.help")),
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("confusion.corner")), labels.map((category) => el("th", { scope: "col" }, label(category))))),
        el("tbody", {}, rows.map(({ row, sum }, at) => el("tr", {}, el("th", { scope: "row" }, label(labels[at])),
          row.map((n, column) => heat(n, sum, at === column))))))));
}

function heat(n, sum, isRight) {
  const part = sum ? n / sum : 0;
  const strength = n === 0 ? 0 : isRight ? 0.06 + 0.14 * part : 0.12 + 0.5 * Math.sqrt(part);
  return el("td", { style: { background: `rgb(var(--${isRight ? "heat" : "heat-wrong"}) / ${strength})` } },
    n ? [number(n), el("span", { class: "hidden" }, ` (${share(part)})`)] : el("span", { class: "zero" }, "0"));
}

function showReliability(bases) {
  const shown = ["verified", "audit"].map((basis) => bases[basis] ?? { n: 0, ece: null, bins: [] });
  const xs = [...new Set([0, 1, ...shown.flatMap(({ bins }) => bins.map((bin) => bin.confidence))])].sort((a, b) => a - b);
  const column = ({ bins }) => {
    const found = new Map(bins.map((bin) => [bin.confidence, bin.share]));
    return xs.map((x) => (found.has(x) ? found.get(x) : undefined));
  };
  drawReliability([xs, xs, ...shown.map(column)]);
  const lines = ["verified", "audit"].map((basis, at) => `${t(`reliability.${basis}`)}: ${shown[at].ece === null
    ? t("reliability.few", { n: number(shown[at].n) }) : t("reliability.error", { ece: decimals(shown[at].ece), n: number(shown[at].n) })}`);
  let note = byId("reliability-note");
  if (note === null) byId("reliability").append((note = el("div", { id: "reliability-note", class: "help" })));
  note.replaceChildren(...lines.map((line) => el("p", {}, line)));
}

function showThresholds(told) {
  thresholds = told;
  grid = told.grid;
  byId("slider").hidden = !told.n;
  plot.hidden = !told.n;
  if (!told.n) {
    verdict.textContent = t("thresholds.none");
    return;
  }
  slider.max = grid.length - 1;
  showThreshold();
}

function showThreshold() {
  if (!thresholds?.n) return;
  const at = chosen();
  const values = { threshold: decimals(at.threshold), coverage: share(at.coverage), precision: share(at.precision), proven: share(at.proven), n: number(at.judged) };
  byId("threshold-value").textContent = values.threshold;
  slider.setAttribute("aria-valuetext", values.threshold);
  verdict.replaceChildren(t(at.precision === null ? "thresholds.few" : "thresholds.at", values), " ",
    el("span", { class: "help" }, t(`thresholds.basis.${thresholds.basis}`), " ",
      ...(thresholds.uncalibrated ? rich(t("thresholds.uncalibrated", { n: number(thresholds.uncalibrated) })) : [])));
  drawTradeOff([grid.map((each) => each.threshold), ...["coverage", "precision", "proven"].map((name) => grid.map((each) => each[name]))]);
}
