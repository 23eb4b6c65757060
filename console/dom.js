// All that is shown goes through here: text becomes text nodes, never markup.
const ATTRIBUTES = new Set([
  "alt",
  "autocomplete",
  "class",
  "colspan",
  "data-label",
  "disabled",
  "for",
  "height",
  "href",
  "id",
  "max",
  "maxlength",
  "name",
  "open",
  "placeholder",
  "required",
  "role",
  "scope",
  "selected",
  "spellcheck",
  "tabindex",
  "title",
  "type",
  "value",
  "width",
  "checked",
  "inputmode",
  "hidden",
  "step",
]);
const SVG = "http://www.w3.org/2000/svg";

function put(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function" && name.startsWith("on")) {
    node.addEventListener(name.slice(2), value);
    return;
  }
  if (!ATTRIBUTES.has(name) && !name.startsWith("aria-")) throw new Error(`attribute ${name}`);
  if (name === "href" && !String(value).startsWith("#/")) throw new Error("links stay within the page");
  node.setAttribute(name, value === true ? "" : String(value));
}

/** An element; `onclick: f` listens. Children are elements, texts and numbers; null is left out. */
export function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) put(node, name, value);
  fill(node, ...children);
  return node;
}

/** Replaces what is in `node`. */
export function fill(node, ...children) {
  node.replaceChildren(
    ...children
      .flat()
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : document.createTextNode(String(child)))),
  );
  return node;
}

/** Sets a text only where it changed, so that a selection in it survives. */
export function say(node, text) {
  const wanted = String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
  return node;
}

/** Numbers and names of the program's own; never data. */
export function drawing(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, String(value));
  return node;
}

/** A link within the page, whose last segment is an id. */
export function link(path, id, ...children) {
  return element("a", { href: `#/${path}/${encodeURIComponent(id)}` }, ...(children.length ? children : [id]));
}

/** Whether the reader is at it: it has the focus or a selection, which drawing it anew would take away. */
export function isInUse(node) {
  if (node.contains(document.activeElement)) return true;
  const selection = getSelection();
  return !selection.isCollapsed && node.contains(selection.anchorNode);
}
