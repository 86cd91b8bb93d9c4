import { el } from "./dom.js";
import { known, t } from "./page.js";

/** A code and its argument, in words when we have them; the code itself stays to be searched for. */
export function reason(code) {
  const [name, ...rest] = code.split(":");
  const argument = rest.join(":");
  return known(`reason.${name}`) ? [t(`reason.${name}`, { argument }), " ", el("code", {}, code)] : el("code", {}, code);
}
