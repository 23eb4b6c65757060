import { get, pathOf } from "../api.js";
import { element, fill, link, say } from "../dom.js";
import { count, orDash, since } from "../format.js";
import { badge } from "../parts/badge.js";
import { errorOf } from "../parts/delivery_rows.js";
import { standingButton, testButton } from "../parts/endpoint_actions.js";
import { filters } from "../parts/filters.js";
import { keepLive, makeTrouble } from "../parts/live.js";
import { PagedTable } from "../parts/paged_table.js";
import { go } from "../route.js";

const SECONDS = 5;
const ROWS = 25;
const AT_ONCE = 3;
const LOOKED_AT = 10;

function makeRow(webhook) {
  const cells = ["name", "state", "circuit", "waiting", "flight", "dead", "oldest", "error"].map((name) =>
    element("span", { class: name }),
  );
  const [name, state, circuit, waiting, flight, dead, oldest, error] = cells;
  const standing = standingButton((changed) => update(changed));
  fill(name, link("endpoints", webhook.id), element("span", { class: "hint" }, webhook.description || webhook.url));
  const update = (now) => {
    fill(state, badge(now.state, now.disabled_reason));
    fill(circuit, badge(now.circuit));
    say(waiting, count(now.queue_depth));
    say(flight, count(now.in_flight));
    say(dead, count(now.dead_letters));
    say(oldest, since(now.oldest_event_at));
    standing.show(now);
  };
  update(webhook);
  return {
    cells: [...cells, element("span", { class: "actions" }, standing.button, testButton(webhook.id))],
    update,
    error,
  };
}

/** The newest error among the last deliveries; the list of endpoints does not have it. */
async function findLastError(id, signal) {
  try {
    const page = await get(`${pathOf("/api/webhooks/{id}/deliveries", id)}?limit=${LOOKED_AT}`, { signal });
    return page.deliveries.map(errorOf).find((text) => text !== null) ?? null;
  } catch (fault) {
    if (fault.status !== 404) throw fault;
    return null; // deleted since the list was read
  }
}

async function showLastErrors(rows, signal) {
  const left = [...rows];
  const work = async () => {
    for (let next = left.shift(); next && !signal.aborted; next = left.shift())
      say(next[1].error, orDash(await findLastError(next[0], signal)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function openById() {
  const input = element("input", {
    id: "endpoint-id",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 64,
    required: true,
  });
  return element(
    "form",
    {
      class: "filters",
      onsubmit: (event) => {
        event.preventDefault();
        go(["endpoints", input.value.trim()]);
      },
    },
    element("div", { class: "field" }, element("label", { for: "endpoint-id" }, "Id"), input),
    element("div", { class: "buttons" }, element("button", { type: "submit" }, "Open")),
  );
}

export async function showEndpoints(place, route, signal) {
  const rows = new Map();
  const trouble = makeTrouble();
  const table = new PagedTable({
    caption: "Endpoints",
    path: "/api/webhooks",
    list: "webhooks",
    query: route.query,
    limit: ROWS,
    signal,
    columns: ["Endpoint", "State", "Circuit", "Waiting", "In flight", "Dead", "Oldest", "Last error", ""],
    empty: "No endpoint.",
    makeRow: (webhook) => {
      const row = makeRow(webhook);
      rows.set(webhook.id, row);
      return row;
    },
  });
  const chosen = filters(
    [{ name: "state", label: "State", choices: ["active", "paused", "disabled"] }],
    route.query,
    (query) => go(["endpoints"], query),
  );
  fill(
    place,
    element("h1", null, "Endpoints"),
    trouble,
    element("div", { class: "bar" }, chosen, openById()),
    table.element,
  );
  await keepLive(
    trouble,
    async () => {
      await table.refresh();
      const shown = new Set(table.items.map((item) => item.id));
      await showLastErrors(
        [...rows].filter(([id]) => shown.has(id)),
        signal,
      );
    },
    SECONDS,
    signal,
  );
}
