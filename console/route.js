// "#/endpoints/partner?status=dead": where the reader is. Filters may stand in it, a token never.

/** `path` are the decoded segments; `query` a plain object. */
export function readRoute(hash = location.hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?", 2);
  const segments = path.split("/").filter(Boolean).map(decode);
  return { path: segments, query: Object.fromEntries(new URLSearchParams(query ?? "")) };
}

function decode(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Goes there; the same place again is shown anew. */
export function go(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  const hash = `#/${path.map(encodeURIComponent).join("/")}${given.length ? `?${new URLSearchParams(given)}` : ""}`;
  if (location.hash === hash) window.dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = hash;
}
