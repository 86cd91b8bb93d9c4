// Shares with their sample sizes and intervals. No share is shown without them.
import { el } from "./dom.js";
import { number, share, t } from "./page.js";

export const percent = (value) => share(value).replace(/[.,]0(?=\D*$)/, "");

/** In a sentence. */
export function told(figure) {
  return figure.share === null ? t("figure.few", { n: number(figure.n) })
    : t("figure.enough", { share: share(figure.share), low: share(figure.low), high: share(figure.high), n: number(figure.n) });
}

/** In a cell of a table. */
export function cell(figure) {
  return figure.share === null ? el("span", { class: "few" }, t("figure.few", { n: number(figure.n) }))
    : [share(figure.share), el("small", { class: "ends" }, `${percent(figure.low)} – ${percent(figure.high)} · n ${number(figure.n)}`)];
}
