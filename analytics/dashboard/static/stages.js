// A ticket's time, stage after stage: how each page draws it.
import { el, legend } from "./dom.js";
import { duration, t } from "./page.js";

export const STAGES = ["decode", "lookup", "queue", "model", "rules", "wait"];

export const stageLegend = () => legend(STAGES.map((stage) => ({ name: t(`stage.${stage}`), colour: stage })));

/** One bar; its whole width stands for `scale` milliseconds. */
export function stageBar(timings, scale) {
  return el("span", { class: "track tall", role: "img", "aria-label": stageText(timings) },
    STAGES.filter((stage) => timings[stage] > 0).map((stage) =>
      el("i", { style: { width: `${(100 * timings[stage]) / (scale || 1)}%`, background: `var(--${stage})` }, title: `${t(`stage.${stage}`)} ${duration(timings[stage])}` })));
}

export function stageText(timings) {
  return STAGES.filter((stage) => timings[stage] > 0).map((stage) => `${t(`stage.${stage}`)} ${duration(timings[stage])}`).join(", ");
}
