import { element, link } from "../dom.js";
import { count, milliseconds, moment, orDash, since } from "../format.js";
import { badge } from "./badge.js";

/** What went wrong last, in one line; null when nothing did. */
export function errorOf(delivery) {
  if (delivery.error) return delivery.error;
  const code = delivery.response_code;
  return code && (code < 200 || code > 299) ? `answered ${code}` : null;
}

export function whenOf(delivery) {
  if (delivery.delivered_at)
    return element("span", { title: moment(delivery.delivered_at) }, since(delivery.delivered_at));
  if (delivery.status === "retrying" && delivery.next_attempt_at)
    return element("span", { title: moment(delivery.next_attempt_at) }, `again ${since(delivery.next_attempt_at)}`);
  return "–";
}

/** The cells of a delivery, behind the one that names it. */
export function deliveryCells(delivery) {
  return [
    badge(delivery.parked ? "parked" : delivery.status),
    count(delivery.attempts),
    orDash(delivery.response_code),
    milliseconds(delivery.response_time_ms),
    whenOf(delivery),
    element("span", { class: "error" }, orDash(errorOf(delivery))),
  ];
}

export const DELIVERY_COLUMNS = ["Status", "Attempts", "Answer", "Time", "When", "Last error"];

export function eventLink(id, ...children) {
  return id ? link("events", id, ...children) : "–";
}
