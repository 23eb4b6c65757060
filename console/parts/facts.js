import { element } from "../dom.js";

/** Names and values; pairs without a value are left out. */
export function facts(pairs) {
  return element(
    "dl",
    { class: "facts" },
    pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([name, ...value]) => element("div", null, element("dt", null, name), element("dd", null, ...value))),
  );
}

/** A text of somebody else's, as it came. */
export function quote(text, label) {
  return element("pre", { class: "quote", tabindex: "0", role: "region", "aria-label": label }, text);
}
