import { element } from "../dom.js";

/** A table with its body, whose caption is heard and not seen. */
export function makeTable(caption, columns, body) {
  return element(
    "table",
    null,
    element("caption", { class: "unseen" }, caption),
    element(
      "thead",
      null,
      element(
        "tr",
        null,
        columns.map((name) => element("th", { scope: "col" }, name)),
      ),
    ),
    body,
  );
}

/** A row; where there is no room for headings, each cell shows its own. */
export function makeRow(columns, cells) {
  return element(
    "tr",
    null,
    cells.map((cell, at) => element("td", { "data-label": columns[at] || null }, cell)),
  );
}
