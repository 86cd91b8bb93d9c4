import { bars, el, empty, fill, legend, pill, rich, table } from "./dom.js";
import { choice, live, moment, number, points, service, share, t } from "./page.js";
import { cell, percent } from "./shares.js";

const METHODS = ["MODEL", "CACHE", "OVERRIDE", "RULES", "UNKNOWN"];
const COLOURS = { MODEL: "model", CACHE: "cache", OVERRIDE: "override", RULES: "rules", UNKNOWN: "other" };
const MOODS = { added: "", promoted: "good", rolled_back: "warn", refused: "bad" };
const FEW = { n: 0, share: null, low: null, high: null };

const days = choice("days", () => refresh());
const refresh = live(() => `/api/models?days=${days()}`, (data) => {
  showVersions(data);
  showTraffic(data.traffic);
  showGate(data.gate);
  showHistory(data.folder);
}, 5000, ({ folder }) => {
  // ClickHouse is away: what the folder tells is shown all the same.
  showVersions({ folder, traffic: [], accuracy: [] });
  showHistory(folder);
});
service();

const folderNote = (folder) => el("p", { class: "help" }, rich(t(`folder.${folder.problem}`)));

/** Answers by model; those without one (of rules, of people) are not among them. */
function answeredBy(traffic) {
  const found = new Map();
  for (const { model, answers } of traffic) if (model !== null) found.set(model, (found.get(model) ?? 0) + answers);
  return found;
}

function showVersions({ folder, traffic, accuracy }) {
  const answers = answeredBy(traffic);
  const all = traffic.reduce((sum, row) => sum + row.answers, 0);
  const right = new Map(accuracy.map((each) => [each.model, each]));
  const known = new Set(folder.versions.map(({ version }) => version));
  // A model that answers and is in no folder: another service's, or an LLM.
  const others = [...new Set([...answers.keys(), ...right.keys()])].filter((model) => !known.has(model));
  const rows = [...folder.versions, ...others.map((version) => ({ version }))];
  const name = (version) => [version, version === folder.champion ? [" ", pill(t("versions.champion"), "good")] : []];
  const learned = (each) => each.seed_rows === undefined || (each.seed_rows === null && each.judged_rows === null) ? null
    : [number((each.seed_rows ?? 0) + (each.judged_rows ?? 0)), el("small", { class: "ends" },
      t("versions.of", { seed: number(each.seed_rows), judged: number(each.judged_rows) }), leftOut(each.left_out))];
  const used = (n) => [all ? share(n / all) : "–", el("small", { class: "ends" }, `n ${number(n)}`)];
  fill("versions",
    folder.problem ? folderNote(folder) : null,
    !rows.length ? empty(t(folder.problem ? "versions.none" : "versions.empty")) : table(t("versions.title"),
      [{ title: t("versions.version"), class: "id" }, { title: t("versions.trained"), class: "when" }, { title: t("versions.rows") },
        { title: t("versions.traffic"), number: true }, { title: t("three.audit"), number: true }, { title: t("three.verified"), number: true }],
      rows.map((each) => [el("span", {}, name(each.version).flat()), each.trained_at ? moment(each.trained_at) : null, learned(each),
        used(answers.get(each.version) ?? 0), cell(right.get(each.version)?.audit ?? FEW), cell(right.get(each.version)?.verified ?? FEW)])),
    folder.all_versions > folder.versions.length ? el("p", { class: "help" }, t("versions.more", { n: number(folder.versions.length), all: number(folder.all_versions) })) : null);
}

// What people said and nobody learns from; a recipe counts rows that were left out for other reasons, too.
const LEFT_OUT = ["contradictions", "one_sided", "unknown_labels"];
function leftOut(reasons) {
  const n = LEFT_OUT.reduce((sum, reason) => sum + (reasons?.[reason] ?? 0), 0);
  return n ? [". ", t("versions.left_out", { n: number(n) })] : [];
}

function showTraffic(traffic) {
  const all = traffic.reduce((sum, row) => sum + row.answers, 0);
  if (!all) return fill("traffic", empty(t("three.none")));
  const groups = new Map();
  for (const row of traffic) {
    const name = row.model ?? t("traffic.without");
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  const sum = (rows) => rows.reduce((total, row) => total + row.answers, 0);
  const ordered = [...groups].sort(([, a], [, b]) => sum(b) - sum(a));
  const used = METHODS.filter((method) => traffic.some((row) => row.method === method));
  const of = (rows, method) => sum(rows.filter((row) => row.method === method));
  fill("traffic",
    legend(used.map((method) => ({ name: t(`method.${method}`), colour: COLOURS[method] }))),
    bars(ordered.map(([name, rows]) => ({
      name, text: `${share(sum(rows) / all)} · ${number(sum(rows))}`,
      parts: used.map((method) => ({ share: of(rows, method) / all, colour: COLOURS[method] })),
    })), "even"),
    el("details", {}, el("summary", {}, t("chart.table")), table(t("traffic.title"),
      [{ title: t("versions.version"), class: "id" }, ...used.map((method) => ({ title: t(`method.${method}`), number: true }))],
      ordered.map(([name, rows]) => [name, ...used.map((method) => number(of(rows, method)))]))));
}

function showGate(gate) {
  if (!gate.texts_kept_days) return fill("gate", empty(t("gate.no_texts")));
  const wish = ({ days: within, audit_share: wanted }) => wanted === null
    ? t("gate.wish_none", { days: within }) : t("gate.wish", { days: within, share: percent(wanted) });
  const at = gate.at ? [t("gate.at"), " ", moment(gate.at), "."] : t("gate.never");
  fill("gate",
    el("p", {}, gate.missing ? t("gate.missing", { n: number(gate.missing), have: number(gate.for_gate), fresh: number(gate.since_last) })
      : t("gate.enough", { have: number(gate.for_gate), fresh: number(gate.since_last) }),
    gate.missing ? [" ", ...[at].flat()] : []),
    el("p", { class: "help" }, t("gate.pace", { tickets: number(gate.tickets_per_day), drawn: share(gate.audit_share), judged: share(gate.judged_share), kept: share(gate.gate_share) })),
    gate.missing ? el("ul", { class: "items" }, gate.wishes.map((each) => el("li", {}, el("span", {}, rich(wish(each)))))) : null);
}

function showHistory(folder) {
  if (folder.problem) return fill("history", folderNote(folder));
  const compared = (gate) => gate && [points(gate.difference),
    el("small", { class: "ends" }, t("history.gate", { champion: share(gate.champion), challenger: share(gate.challenger), bound: points(gate.bound), n: number(gate.n) }))];
  fill("history",
    folder.unread ? el("p", { class: "help" }, t("history.unread", { n: number(folder.unread) })) : null,
    !folder.history.length ? empty(t("history.none")) : table(t("history.title"),
      [{ title: t("history.at"), class: "when" }, { title: t("history.what") }, { title: t("versions.version"), class: "id" }, { title: t("history.before"), class: "id" },
        { title: t("history.by") }, { title: t("history.compared") }, { title: t("history.reason"), class: "wide-cell" }],
      folder.history.map((each) => [moment(each.at), pill(t(`event.${each.event}`), MOODS[each.event]), each.version, each.before, each.by, compared(each.gate), each.reason])),
    folder.all_events > folder.history.length ? el("p", { class: "help" }, t("history.more", { n: number(folder.history.length), all: number(folder.all_events) })) : null);
}
