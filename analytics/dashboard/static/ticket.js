import { byId, el, empty, fill, pill, table } from "./dom.js";
import { ago, decimals, duration, label, labelName, live, moment, number, service, share, t, ticketLink } from "./page.js";
import { reason } from "./reasons.js";
import { stageBar, stageLegend, stageText } from "./stages.js";

const asked = new URLSearchParams(location.search).get("id");
const field = byId("id");
field.value = asked ?? "";
const MOODS = { AUTO: "good", SUGGEST: "info", REVIEW: "warn" };

// What is asked for may be the id of nothing, and how others begin.
let unknown = null, isBeginning = false;

// While somebody types, the list shows what begins so; Enter opens the ticket.
let typed = 0;
field.addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(() => refresh(), 250);
});
const refresh = live(() => `/api/tickets?beginning=${encodeURIComponent(field.value)}`, ({ beginning, tickets, more }) => {
  if (beginning === asked) {
    isBeginning = tickets.some((row) => row.ticket_id !== asked);
    showNothing();
  }
  if (!tickets.length) return fill("found", empty(t(field.value ? "found.none" : "found.empty")));
  fill("found", table(t("found.title"),
    [{ title: t("ticket.id"), class: "id" }, { title: t("ticket.label") }, { title: t("ticket.confidence"), number: true }, { title: t("ticket.decision") }, { title: t("stages.method") }, { title: t("ticket.at") }],
    tickets.map((row) => [ticketLink(row.ticket_id), label(row.category, row.subcategory), share(row.confidence),
      pill(t(`decision.${row.decision}`), MOODS[row.decision]), t(`method.${row.method}`) + (row.provisional ? ` (${t("ticket.provisional")})` : ""), ago(row.categorized_at)])),
    more && field.value ? el("p", { class: "help" }, t("found.more", { n: number(tickets.length) })) : null);
});
if (asked !== null && asked !== "") live(() => `/api/ticket?id=${encodeURIComponent(asked)}`, showLife);
service();

function showLife({ ticket_id, answers, corrections }) {
  unknown = answers.length || corrections.length ? null : ticket_id;
  if (unknown !== null) return showNothing();
  fill("life",
    el("section", { class: "card", "aria-labelledby": "life-title" },
      el("h2", { id: "life-title" }, t("life.title"), " ", el("code", { class: "id" }, ticket_id)),
      corrections.length ? el("p", { class: "help" }, t("life.corrected", { label: labelName(corrections.at(-1).category, corrections.at(-1).subcategory) })) : null,
      answers.length ? null : empty(t("life.no_answer"))),
    [...answers].reverse().map((answer, place) => revision(answer, place === 0)),
    corrections.length ? correctionCard(corrections) : null);
}

function showNothing() {
  if (unknown === null) return;
  const [title, more] = isBeginning ? ["life.begins", "life.begins_more"] : ["life.none", "life.none_more"];
  fill("life", el("p", { class: "notice" }, el("strong", {}, t(title, { id: unknown })), t(more)));
}

const fact = (name, ...values) => [el("dt", {}, name), el("dd", {}, ...values)];

function revision(answer, latest) {
  const id = `revision-${answer.event_id}`;
  const timings = answer.timings_ms;
  return el("section", { class: "card", "aria-labelledby": id },
    el("div", { class: "revision" },
      el("div", {},
        el("h2", { id }, t("life.revision", { n: answer.revision }), pill(t(`decision.${answer.decision}`), MOODS[answer.decision]),
          answer.provisional ? pill(t("ticket.provisional"), "warn") : null, latest ? pill(t("life.latest")) : null),
        el("p", { class: "answer" }, label(answer.category, answer.subcategory)),
        el("p", { class: "help" }, t("life.confidence", { share: share(answer.confidence), auto: decimals(answer.threshold_auto), suggest: decimals(answer.threshold_suggest) })),
        el("div", { class: "fill" }, el("h3", {}, t("life.why")),
          el("ul", { class: "reasons" }, answer.explanation.length ? answer.explanation.map((code) => el("li", {}, reason(code))) : el("li", {}, t("life.no_reason")))),
        answer.alternatives.length ? el("div", { class: "fill" }, el("h3", {}, t("life.instead")),
          el("ul", { class: "reasons" }, answer.alternatives.map((other) => el("li", {}, label(other.category, other.subcategory), ` · ${share(other.confidence)}`)))) : null),
      el("dl", { class: "facts" },
        fact(t("life.at"), moment(answer.categorized_at)),
        fact(t("stages.method"), t(`method.${answer.method}`)),
        fact(t("life.model"), answer.model ?? "–"),
        fact(t("slowest.outcome"), t(`outcome.${answer.model_outcome}`), answer.attempts > 1 ? ` · ${t("life.attempts", { n: answer.attempts })}` : ""),
        fact(t("life.language"), answer.language ?? "–"),
        fact(t("life.channel"), answer.channel ?? "–"),
        fact(t("life.taxonomy"), answer.taxonomy),
        fact(t("life.policy"), answer.policy),
        fact(t("life.source"), el("code", {}, `${answer.source_topic} ${answer.source_partition} @ ${answer.source_offset}`)),
        answer.audit_probability ? fact(t("life.audit"), t("life.audited", { p: share(answer.audit_probability) })) : null)),
    el("div", { class: "fill" }, el("h3", {}, t("life.stages", { ms: duration(timings.total ?? 0) })),
      stageLegend(), stageBar(timings, timings.total), el("p", { class: "help" }, stageText(timings))));
}

function correctionCard(corrections) {
  return el("section", { class: "card", "aria-labelledby": "corrections-title" },
    el("h2", { id: "corrections-title" }, t("corrections.title")),
    el("div", { class: "fill" }, table(t("corrections.title"),
      [{ title: t("corrections.at") }, { title: t("corrections.by") }, { title: t("corrections.said"), class: "id" }, { title: t("corrections.judged") }, { title: t("corrections.reason"), class: "id" }],
      corrections.map((each) => [moment(each.corrected_at), [t(`origin.${each.origin}`), each.corrected_by].filter(Boolean).join(" · "),
        label(each.category, each.subcategory),
        each.judged_revision === null ? t("corrections.unmatched") : `${t("life.revision", { n: number(each.judged_revision) })}: ${t(`state.${each.label_state}`)}`,
        each.reason ?? "–"]))));
}
