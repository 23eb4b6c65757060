import { get, pathOf } from "../api.js";
import { element, fill, isInUse, link } from "../dom.js";
import { count, moment, since } from "../format.js";
import { badge } from "../parts/badge.js";
import { deliveryCells, DELIVERY_COLUMNS, errorOf } from "../parts/delivery_rows.js";
import { rotateButton, standingButton, testButton } from "../parts/endpoint_actions.js";
import { facts } from "../parts/facts.js";
import { filters } from "../parts/filters.js";
import { keepLive, makeTrouble } from "../parts/live.js";
import { PagedTable } from "../parts/paged_table.js";
import { go } from "../route.js";

const SECONDS = 3;

const FILTERS = [
  { name: "status", label: "Status", choices: ["pending", "delivering", "retrying", "delivered", "dead", "expired"] },
  { name: "event_type", label: "Event type", placeholder: "case.created" },
  { name: "after", label: "Last attempt after", type: "datetime-local" },
  { name: "before", label: "Last attempt before", type: "datetime-local" },
];

const STATE_FIELDS = new Set([
  "state",
  "disabled_reason",
  "state_since",
  "circuit",
  "queue_depth",
  "in_flight",
  "dead_letters",
  "oldest_event_at",
]);

function describe(webhook, lastError) {
  return facts([
    [
      "State",
      badge(webhook.state),
      webhook.disabled_reason ? ` ${webhook.disabled_reason}` : "",
      webhook.state_since ? ` since ${moment(webhook.state_since)}` : "",
    ],
    ["Circuit", badge(webhook.circuit)],
    ["Waiting", count(webhook.queue_depth)],
    ["In flight", count(webhook.in_flight)],
    [
      "Dead letters",
      element(
        "a",
        { href: `#/dead-letters?${new URLSearchParams({ webhook_id: webhook.id })}` },
        count(webhook.dead_letters),
      ),
    ],
    ["Oldest waiting", since(webhook.oldest_event_at)],
    ["Last error", element("span", { class: "error" }, lastError ?? "–")],
    ["URL", element("span", { class: "long" }, webhook.url)],
    ["Events", webhook.events.join(", ")],
    ["Description", webhook.description],
    ["Tenant", webhook.tenant],
    ["Defined", webhook.file ? element("span", { class: "long" }, webhook.file) : "by the API"],
    ["Made", webhook.created_at && moment(webhook.created_at)],
  ]);
}

function settingsOf(webhook) {
  return JSON.stringify(
    Object.fromEntries(Object.entries(webhook).filter(([name]) => !STATE_FIELDS.has(name))),
    null,
    2,
  );
}

function deliveriesOf(id, query, signal) {
  return new PagedTable({
    caption: `Deliveries of ${id}`,
    path: pathOf("/api/webhooks/{id}/deliveries", id),
    list: "deliveries",
    query,
    limit: 25,
    signal,
    columns: ["Of event", "Type", ...DELIVERY_COLUMNS],
    empty: "No delivery.",
    makeRow: (delivery) => ({
      cells: [
        element(
          "span",
          { class: "name" },
          link("deliveries", delivery.id, delivery.event_id ?? delivery.id),
          delivery.test ? element("span", { class: "hint" }, "test") : null,
        ),
        delivery.event_type ?? "–",
        ...deliveryCells(delivery),
      ],
    }),
  });
}

export async function showEndpoint(place, route, signal) {
  const id = route.path[1];
  const about = element("div");
  const settings = element("pre", { class: "quote", tabindex: "0" });
  const trouble = makeTrouble();
  const list = deliveriesOf(id, route.query, signal);
  const update = (webhook, lastError) => {
    standing.show(webhook);
    if (!isInUse(about)) fill(about, describe(webhook, lastError));
    const text = settingsOf(webhook);
    if (settings.textContent !== text) settings.textContent = text;
    rotate.hidden = Boolean(webhook.file);
  };
  const standing = standingButton((webhook) => update(webhook, null));
  const rotate = rotateButton(id);
  fill(
    place,
    element("p", { class: "trail" }, element("a", { href: "#/endpoints" }, "Endpoints")),
    element("h1", null, id),
    trouble,
    element("div", { class: "buttons" }, standing.button, testButton(id), rotate),
    about,
    element("details", null, element("summary", null, "Settings"), settings),
    element("h2", null, "Deliveries"),
    filters(FILTERS, route.query, (query) => go(["endpoints", id], query)),
    list.element,
  );
  await keepLive(
    trouble,
    async () => {
      const webhook = await get(pathOf("/api/webhooks/{id}", id), { signal });
      const recent = await get(`${pathOf("/api/webhooks/{id}/deliveries", id)}?limit=10`, { signal });
      update(
        webhook,
        recent.deliveries.map(errorOf).find((text) => text !== null),
      );
      await list.refresh();
    },
    SECONDS,
    signal,
  );
}
