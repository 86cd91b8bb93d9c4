import { el, empty, fill, table } from "./dom.js";
import { choice, duration, live, moment, number, service, share, t, ticketLink } from "./page.js";
import { STAGES, stageBar, stageLegend } from "./stages.js";

const minutes = choice("minutes", () => refresh());
const refresh = live(() => `/api/operations?minutes=${minutes()}`, (data) => {
  showStages(data.stages);
  showSlowest(data.slowest);
  showOperations(data.operations);
});
service();

function showStages(groups) {
  if (!groups.length) return fill("stages", empty(t("none.window")));
  const longest = Math.max(...groups.map((group) => group.timings_ms.total));
  fill("stages",
    stageLegend(),
    el("ul", { class: "bars even" }, groups.map((group) => el("li", {},
      el("span", { class: "name" }, t(`method.${group.method}`)),
      stageBar(group.timings_ms, longest),
      el("span", { class: "number" }, t("stages.mean", { ms: duration(group.timings_ms.total), n: number(group.tickets) }))))),
    el("details", {}, el("summary", {}, t("chart.table")), table(t("stages.title"),
      [{ title: t("stages.method") }, ...STAGES.map((stage) => ({ title: t(`stage.${stage}`), number: true })), { title: t("stage.total"), number: true }],
      groups.map((group) => [t(`method.${group.method}`), ...[...STAGES, "total"].map((stage) => duration(group.timings_ms[stage]))]))));
}

function showSlowest(rows) {
  if (!rows.length) return fill("slowest", empty(t("none.window")));
  const longest = rows[0].timings_ms.total;
  fill("slowest", stageLegend(), table(t("slowest.title"),
    [{ title: t("ticket.id"), class: "id" }, { title: t("stage.total"), number: true }, { title: t("slowest.stages"), class: "wide-cell" },
      { title: t("stages.method") }, { title: t("slowest.outcome") }, { title: t("slowest.at") }],
    rows.map((row) => [ticketLink(row.ticket_id), duration(row.timings_ms.total), stageBar(row.timings_ms, longest),
      t(`method.${row.method}`), row.attempts > 1 ? t("slowest.attempts", { outcome: t(`outcome.${row.model_outcome}`), n: row.attempts }) : t(`outcome.${row.model_outcome}`), moment(row.categorized_at)])));
}

function showOperations(rows) {
  if (!rows.length) return fill("operations", empty(t("none.window")));
  const columns = ["operation", "calls", "failures", "success_rate", "p50_ms", "p95_ms", "p99_ms", "max_ms"];
  fill("operations", table(t("operations.title"),
    columns.map((name, place) => ({ title: t(`operations.${name}`), number: place > 0 })),
    rows.map((row) => columns.map((name) => name.endsWith("_ms") ? duration(row[name]) : name === "success_rate" ? share(row[name]) : place(row[name])))));
}

const place = (value) => (typeof value === "number" ? number(value) : value);
