// What happened between two looks at the counters, as points of the charts.
import { quantile } from "./metrics_text.js";

const MOST_POINTS = 150;

function perSecond(before, after, seconds) {
  if (before === null || after === null) return null;
  // Counters that went back are those of another process or store.
  return after < before ? null : (after - before) / seconds;
}

function pointBetween(before, after) {
  const seconds = (after.at - before.at) / 1000;
  const point = {
    at: after.at,
    accepted: perSecond(before.accepted, after.accepted, seconds),
    delivered: perSecond(before.delivered, after.delivered, seconds),
    waiting: after.waiting,
    success: null,
    median: null,
    slow: null,
  };
  const tried = after.metrics && before.metrics ? after.metrics.attempts - before.metrics.attempts : 0;
  if (tried <= 0) return point;
  point.success = (after.metrics.succeeded - before.metrics.succeeded) / tried;
  point.median = quantile(before.metrics.buckets, after.metrics.buckets, 0.5);
  point.slow = quantile(before.metrics.buckets, after.metrics.buckets, 0.95);
  return point;
}

/** A look: the answer of /api/status, and /metrics where the token may see it. */
export function lookAt(status, metrics) {
  return {
    at: Date.now(),
    accepted: status.totals?.accepted ?? null,
    delivered: status.totals?.delivered ?? null,
    waiting: status.webhooks.queue_depth,
    metrics,
  };
}

/** The last five minutes or so; kept while the page is open, so that the charts survive a walk through the views. */
export class Traffic {
  #last = null;
  points = [];

  add(look) {
    if (this.#last && look.at > this.#last.at) this.points.push(pointBetween(this.#last, look));
    if (this.points.length > MOST_POINTS) this.points.shift();
    this.#last = look;
  }
}
