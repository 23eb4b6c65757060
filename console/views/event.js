import { ApiError, getText, pathOf, post, withQuery } from "../api.js";
import { element, fill, link } from "../dom.js";
import { moment } from "../format.js";
import { act, tell } from "../notice.js";
import { deliveryCells, DELIVERY_COLUMNS } from "../parts/delivery_rows.js";
import { facts, quote } from "../parts/facts.js";
import { keepLive, makeTrouble } from "../parts/live.js";
import { makeRow, makeTable } from "../parts/table.js";
import { go } from "../route.js";

const SECONDS = 3;

function form(id, tenant) {
  const name = element("input", {
    id: "event-id",
    value: id,
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 256,
    required: true,
  });
  const of = element("input", {
    id: "event-tenant",
    value: tenant,
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 64,
    placeholder: "default",
  });
  return element(
    "form",
    {
      class: "filters",
      onsubmit: (event) => {
        event.preventDefault();
        go(["events", name.value.trim()], { tenant: of.value.trim() });
      },
    },
    element("div", { class: "field wide" }, element("label", { for: "event-id" }, "Event id"), name),
    element("div", { class: "field" }, element("label", { for: "event-tenant" }, "Tenant"), of),
    element("div", { class: "buttons" }, element("button", { type: "submit", class: "primary" }, "Look up")),
  );
}

/** What receivers get, to the byte: read as JSON, its numbers might change. It stands last in the answer. */
export function payloadOf(text) {
  const begin = text.indexOf(',"payload":');
  const raw = begin < 0 ? "null" : text.slice(begin + ',"payload":'.length, text.lastIndexOf("}"));
  return raw === "null" ? null : raw;
}

function redeliver(path, webhookId, button) {
  return act(
    button,
    () => post(path, webhookId ? { webhook_id: webhookId } : {}),
    (answer) => `Goes out anew: ${answer.deliveries} ${answer.deliveries === 1 ? "delivery" : "deliveries"}.`,
  );
}

function redeliverButton(path, webhookId, text) {
  const button = element(
    "button",
    {
      type: "button",
      "aria-label": webhookId ? `Redeliver to ${webhookId}` : null,
      onclick: () => redeliver(path, webhookId, button),
    },
    text,
  );
  return button;
}

function deliveriesTable(event, path) {
  const columns = ["Endpoint", ...DELIVERY_COLUMNS, ""];
  const rows = event.deliveries.map((delivery) => {
    const name = element(
      "span",
      { class: "name" },
      link("endpoints", delivery.webhook_id),
      link("deliveries", delivery.id, "delivery"),
    );
    const cells = [
      name,
      ...deliveryCells(delivery),
      delivery.test ? "" : redeliverButton(path, delivery.webhook_id, "Redeliver"),
    ];
    return makeRow(columns, cells);
  });
  if (!rows.length) return element("p", { class: "empty" }, "It went to nobody.");
  return makeTable("Deliveries of this event", columns, element("tbody", null, rows));
}

async function showFound(place, id, query, signal) {
  const path = withQuery(pathOf("/api/events/{id}", id), query);
  const again = withQuery(pathOf("/api/events/{id}/redeliver", id), query);
  const trouble = makeTrouble();
  const about = element("div");
  const payload = element("div");
  const table = element("div", { class: "listing" });
  fill(
    place,
    trouble,
    about,
    element("div", { class: "buttons" }, redeliverButton(again, null, "Redeliver to all")),
    element("h2", null, "Deliveries"),
    table,
    element("h2", null, "Payload"),
    payload,
  );
  let seen = "";
  await keepLive(
    trouble,
    async () => {
      const text = await getText(path, { signal });
      const event = JSON.parse(text);
      const raw = payloadOf(text);
      // Drawn anew only when something happened, so that a button keeps the focus.
      if (text === seen) return;
      seen = text;
      fill(
        about,
        facts([
          ["Id", element("span", { class: "long" }, event.id)],
          ["Type", event.type],
          ["Accepted", moment(event.timestamp)],
          ["Key", event.key],
          ["Tenant", event.tenant],
        ]),
      );
      fill(table, deliveriesTable(event, again));
      fill(
        payload,
        raw === null
          ? element("p", { class: "hint" }, "It is no longer kept: by default a body goes with its last delivery.")
          : quote(raw, "Payload"),
      );
    },
    SECONDS,
    signal,
  );
}

export async function showEvent(place, route, signal) {
  const id = route.path[1] ?? "";
  const found = element("div");
  fill(place, element("h1", null, "Events"), form(id, route.query.tenant ?? ""), found);
  if (!id) {
    fill(
      found,
      element(
        "p",
        { class: "hint" },
        "The id is the one that was posted or answered, and what receivers see as webhook-id.",
      ),
    );
    return;
  }
  try {
    await showFound(found, id, { tenant: route.query.tenant }, signal);
  } catch (fault) {
    if (!(fault instanceof ApiError) || fault.status === 401) throw fault;
    fill(
      found,
      element(
        "p",
        { class: "trouble", role: "alert" },
        fault.status === 404 ? `There is no event ${id} any more, or there never was.` : tell(fault),
      ),
    );
  }
}
