import { get, withQuery } from "../api.js";
import { element, fill, isInUse, say } from "../dom.js";
import { act } from "../notice.js";
import { makeTable } from "./table.js";

/**
 * A list of the API as a table, page by page. `columns`: their headings; `makeRow(item)` gives `{cells, update?(item)}`,
 * where each cell is what stands in it. Rows are kept by their item's id, so that what has the focus keeps it when the
 * list is read again.
 */
export class PagedTable {
  #rows = new Map();
  #next = null;
  #pages = 0;

  constructor({ caption, columns, path, list, query = {}, limit = 50, makeRow, empty, signal, afterwards = () => {} }) {
    Object.assign(this, { columns, path, list, query, limit, makeRow, signal, afterwards, empty });
    this.body = element("tbody");
    this.table = makeTable(caption, columns, this.body);
    this.note = element("p", { class: "empty", role: "status" }, "Reading …");
    this.more = element(
      "button",
      { type: "button", hidden: true, onclick: () => act(this.more, () => this.#readMore()) },
      "More",
    );
    this.element = element("div", { class: "listing" }, this.table, this.note, this.more);
  }

  get items() {
    return [...this.#rows.values()].map((row) => row.item);
  }

  /** Reads the first page anew; later ones that were asked for stay as they are. */
  async refresh() {
    const page = await this.#read(null);
    if (this.#pages > 1) this.#update(page[this.list]);
    else this.#show(page);
    this.afterwards(this.items);
  }

  async #readMore() {
    const page = await this.#read(this.#next);
    this.#pages += 1;
    for (const item of page[this.list]) this.#place(item);
    this.#next = page.next_cursor;
    this.#describe();
    this.afterwards(this.items);
  }

  remove(id) {
    this.#rows.get(id)?.element.remove();
    this.#rows.delete(id);
    this.#describe();
  }

  #read(cursor) {
    return get(withQuery(this.path, { ...this.query, limit: this.limit, cursor }), { signal: this.signal });
  }

  #show(page) {
    this.#pages = 1;
    this.#next = page.next_cursor;
    const wanted = new Set(page[this.list].map((item) => item.id));
    for (const id of [...this.#rows.keys()]) if (!wanted.has(id)) this.remove(id);
    page[this.list].forEach((item, at) => this.#place(item, at));
    this.#describe();
  }

  #update(items) {
    for (const item of items) if (this.#rows.has(item.id)) this.#place(item);
  }

  #place(item, at = null) {
    let row = this.#rows.get(item.id);
    if (row?.update) row.update(item);
    else if (row && !isInUse(row.element)) this.#fillRow(row.element, this.makeRow(item));
    if (!row) {
      row = this.makeRow(item);
      row.element = this.#fillRow(element("tr"), row);
      if (at === null) this.body.append(row.element);
    }
    row.item = item;
    this.#rows.set(item.id, row);
    if (at !== null && this.body.children[at] !== row.element)
      this.body.insertBefore(row.element, this.body.children[at] ?? null);
  }

  #fillRow(place, { cells, update }) {
    return fill(
      place,
      ...cells.map((cell, at) =>
        element("td", { "data-label": this.columns[at] || null, class: !update && isVoid(cell) ? "void" : null }, cell),
      ),
    );
  }

  #describe() {
    const short = this.#next !== null && this.#rows.size === 0;
    this.table.hidden = this.#rows.size === 0;
    this.note.hidden = this.#rows.size > 0;
    say(this.note, short ? "Nothing in what was looked at so far; there is more to look at." : this.empty);
    this.more.hidden = this.#next === null;
  }
}

/** Where each cell is a line of its own, on a phone, nothing is not worth one. */
function isVoid(cell) {
  return (cell.textContent ?? cell) === "–";
}
