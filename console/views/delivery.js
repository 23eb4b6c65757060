import { ApiError, get, pathOf } from "../api.js";
import { element, fill, isInUse, link } from "../dom.js";
import { count, milliseconds, moment } from "../format.js";
import { badge } from "../parts/badge.js";
import { errorOf, eventLink, whenOf } from "../parts/delivery_rows.js";
import { facts, quote } from "../parts/facts.js";
import { keepLive, makeTrouble } from "../parts/live.js";

const SECONDS = 2;

function headers(fields, label) {
  const rows = Object.entries(fields ?? {});
  if (!rows.length) return element("p", { class: "hint" }, `${label}: none were kept.`);
  return element(
    "table",
    { class: "headers" },
    element("caption", null, label),
    element(
      "tbody",
      null,
      rows.map(([name, value]) =>
        element("tr", null, element("th", { scope: "row" }, name), element("td", { class: "long" }, value)),
      ),
    ),
  );
}

/** How long the attempt took beside the slowest one, in words for those who do not see the bar. */
function timing(attempt, longest) {
  return element(
    "div",
    { class: "timing" },
    element("progress", {
      max: Math.max(1, longest),
      value: attempt.response_time_ms,
      "aria-label": `Time of attempt ${attempt.attempt}`,
    }),
    ` ${milliseconds(attempt.response_time_ms)}`,
  );
}

function describeAttempt(attempt, longest) {
  const body =
    attempt.response_body === null
      ? element("p", { class: "hint" }, "No response body was kept.")
      : quote(attempt.response_body, `Response body of attempt ${attempt.attempt}`);
  return element(
    "article",
    { class: "attempt" },
    element(
      "h3",
      null,
      `Attempt ${attempt.attempt} `,
      badge(attempt.outcome),
      " ",
      attempt.response_code ? `answered ${attempt.response_code}` : "no answer",
    ),
    timing(attempt, longest),
    facts([
      ["Sent", moment(attempt.at)],
      ["Error", attempt.error && element("span", { class: "error" }, attempt.error)],
      ["Reason", attempt.reason],
      ["Next attempt after", attempt.retry_in_ms === null ? null : milliseconds(attempt.retry_in_ms)],
      [
        "Trace",
        attempt.trace_id && element("span", { class: "long" }, `${attempt.trace_id}, span ${attempt.span_id}`),
      ],
    ]),
    element(
      "details",
      null,
      element("summary", null, "Request and response"),
      headers(attempt.request_headers, "Request headers"),
      headers(attempt.response_headers, "Response headers"),
      body,
    ),
  );
}

function describe(delivery) {
  return facts([
    ["Status", badge(delivery.parked ? "parked" : delivery.status), delivery.test ? " test" : ""],
    ["Event", eventLink(delivery.event_id)],
    ["Type", delivery.event_type],
    ["Endpoint", link("endpoints", delivery.webhook_id)],
    ["Accepted", moment(delivery.accepted_at)],
    ["Attempts", count(delivery.attempts)],
    ["When", whenOf(delivery)],
    ["Last error", errorOf(delivery) && element("span", { class: "error" }, errorOf(delivery))],
  ]);
}

/** A test is not known before it has ended. */
async function read(path, underWay, signal) {
  try {
    return await get(path, { signal });
  } catch (fault) {
    if (fault.status === 404 && underWay)
      throw new ApiError(0, "under_way", "It is under way, or there is no such delivery.");
    throw fault;
  }
}

export async function showDelivery(place, route, signal) {
  const id = route.path[1];
  const path = pathOf("/api/deliveries/{id}", id);
  const trouble = makeTrouble();
  const about = element("div");
  const attempts = element("div");
  const body = element("div");
  fill(
    place,
    element("h1", null, "Delivery"),
    element("p", { class: "hint long" }, id),
    trouble,
    about,
    element("h2", null, "Attempts"),
    attempts,
    element("h2", null, "Request body"),
    body,
  );
  let seen = "";
  await keepLive(
    trouble,
    async () => {
      const delivery = await read(path, route.query.under_way, signal);
      if (!isInUse(about)) fill(about, describe(delivery));
      const made = JSON.stringify([delivery.attempts_made, delivery.request_body]);
      if (made === seen) return;
      seen = made;
      const longest = Math.max(...delivery.attempts_made.map((attempt) => attempt.response_time_ms), 0);
      fill(
        attempts,
        delivery.attempts_made.length
          ? delivery.attempts_made.map((attempt) => describeAttempt(attempt, longest)).reverse()
          : element("p", { class: "hint" }, "None yet."),
      );
      // The newest attempt is what one came for.
      attempts.querySelector("details")?.setAttribute("open", "");
      fill(
        body,
        delivery.request_body === null
          ? element("p", { class: "hint" }, "It is not kept. logging.log_payloads keeps it as long as the record.")
          : quote(delivery.request_body, "Request body"),
      );
    },
    SECONDS,
    signal,
  );
}
