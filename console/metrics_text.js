// Of the text format of Prometheus, what the charts need: sums over the endpoints of this daemon.
const ATTEMPTS = "webhook_deliveries_total{";
const BUCKETS = "webhook_delivery_seconds_bucket{";

function labelOf(line, name) {
  const begin = line.indexOf(`${name}="`);
  if (begin < 0) return "";
  const from = begin + name.length + 2;
  return line.slice(from, line.indexOf('"', from));
}

/** `{attempts, succeeded, buckets}`; buckets are cumulative counts by upper bound in seconds, in ascending order. */
export function readMetrics(text) {
  const sums = { attempts: 0, succeeded: 0, buckets: new Map() };
  for (const line of text.split("\n")) {
    const value = Number(line.slice(line.lastIndexOf(" ") + 1));
    if (line.startsWith(ATTEMPTS)) {
      sums.attempts += value;
      if (labelOf(line, "status") === "success") sums.succeeded += value;
    } else if (line.startsWith(BUCKETS)) {
      const bound = labelOf(line, "le") === "+Inf" ? Infinity : Number(labelOf(line, "le"));
      sums.buckets.set(bound, (sums.buckets.get(bound) ?? 0) + value);
    }
  }
  sums.buckets = new Map([...sums.buckets].sort(([a], [b]) => a - b));
  return sums;
}

/** The time in milliseconds under which `share` of the attempts between two readings ended; null without attempts. */
export function quantile(before, after, share) {
  const grown = [...after].map(([bound, value]) => [bound, value - (before.get(bound) ?? 0)]);
  const all = grown.at(-1)?.[1] ?? 0;
  if (!(all > 0)) return null;
  let lower = 0;
  let below = 0;
  for (const [bound, upTo] of grown) {
    if (upTo >= share * all) {
      if (bound === Infinity) return lower * 1000;
      return (lower + (bound - lower) * ((share * all - below) / Math.max(1, upTo - below))) * 1000;
    }
    [lower, below] = [bound, upTo];
  }
  return lower * 1000;
}
