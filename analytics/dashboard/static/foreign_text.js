import { el } from "./dom.js";

// Signs that are not seen, or that turn the order of what stands around them. A line end and a tab are what they are.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
const named = (sign) => `⟨${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;

/** What a customer wrote, as text: its own direction ends with it, and a sign that is not seen is shown by its number. */
export function foreign(text, attributes = {}) {
  return el("bdi", { dir: "auto", ...attributes }, text.replace(/\r\n?/g, "\n").replace(UNSEEN, named));
}
