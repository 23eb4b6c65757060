import { get, getText } from "../api.js";
import { element, fill, link, say } from "../dom.js";
import { count, milliseconds, percent, rate } from "../format.js";
import { readMetrics } from "../metrics_text.js";
import { badge } from "../parts/badge.js";
import { LineChart } from "../parts/line_chart.js";
import { keepLive, makeTrouble } from "../parts/live.js";
import { readToken } from "../session.js";
import { lookAt, Traffic } from "../traffic.js";

const SECONDS = 2;

// Of whoever is signed in: another one begins anew.
let kept = { token: null, traffic: new Traffic() };

function makeCharts() {
  return [
    new LineChart({
      title: "Throughput",
      note: "Deliveries a second over all daemons: an event counts once for each endpoint.",
      mark: (value) => count(value),
      series: [
        { name: "accepted", key: "accepted", format: rate },
        { name: "delivered", key: "delivered", format: rate },
      ],
    }),
    new LineChart({
      title: "Success",
      note: "Attempts of this daemon that the receivers accepted.",
      highest: 1,
      mark: (value) => `${Math.round(value * 100)} %`,
      series: [{ name: "of attempts", key: "success", format: percent }],
    }),
    new LineChart({
      title: "Latency",
      note: "Of this daemon's attempts, estimated from its histogram.",
      mark: milliseconds,
      series: [
        { name: "median", key: "median", format: milliseconds },
        { name: "95th percentile", key: "slow", format: milliseconds },
      ],
    }),
    new LineChart({
      title: "Backlog",
      note: "Deliveries that wait, retries included.",
      mark: (value) => count(value),
      series: [{ name: "waiting", key: "waiting", format: count }],
    }),
  ];
}

function makeTiles() {
  const tiles = new Map();
  const tile = (name, href) => {
    const value = element("strong", null, "–");
    const more = element("span");
    tiles.set(name, { value, more });
    return element("li", null, element("a", { href, class: "tile" }, element("span", null, name), value, more));
  };
  const list = element(
    "ul",
    { class: "tiles" },
    tile("Endpoints", "#/endpoints"),
    tile("Waiting", "#/endpoints"),
    tile("In flight", "#/endpoints"),
    tile("Dead letters", "#/dead-letters"),
    tile("Circuits not closed", "#/endpoints"),
  );
  const set = (name, value, more = "") => {
    say(tiles.get(name).value, value);
    say(tiles.get(name).more, more);
  };
  return { list, set };
}

function setTiles(tiles, { webhooks }) {
  tiles.set(
    "Endpoints",
    count(webhooks.total),
    `${count(webhooks.active)} active, ${count(webhooks.paused)} paused, ${count(webhooks.disabled)} disabled`,
  );
  tiles.set("Waiting", count(webhooks.queue_depth));
  tiles.set("In flight", count(webhooks.in_flight));
  tiles.set("Dead letters", count(webhooks.dead_letters));
  tiles.set("Circuits not closed", count(webhooks.circuits_not_closed));
}

/** What somebody should look at. */
function concerns(status) {
  const list = [];
  const faults = status.configuration?.last_reload_faults.length ?? 0;
  if (faults)
    list.push([
      element("a", { href: "#/system" }, "The last reload failed"),
      `: ${count(faults)} ${faults === 1 ? "fault" : "faults"}; the configuration before it holds.`,
    ]);
  if (status.partitions_not_adding_up)
    list.push([
      element("a", { href: "#/system" }, `${count(status.partitions_not_adding_up)} partitions do not add up`),
      ".",
    ]);
  if (status.webhooks.queue_depth === null) list.push(["The store does not answer: counts are missing."]);
  for (const { webhook_id: id, circuit } of status.circuits ?? [])
    list.push([link("endpoints", id), " ", badge(circuit), " circuit"]);
  return list;
}

export async function showOverview(place, route, signal) {
  if (kept.token !== readToken()) kept = { token: readToken(), traffic: new Traffic() };
  const { traffic } = kept;
  const charts = makeCharts();
  const tiles = makeTiles();
  const trouble = makeTrouble();
  const attention = element("ul", { class: "concerns" });
  const section = element(
    "section",
    { "aria-label": "Needs attention", hidden: true },
    element("h2", null, "Needs attention"),
    attention,
  );
  const figures = element(
    "div",
    { class: "charts" },
    charts.map((chart) => chart.element),
  );
  fill(
    place,
    element("h1", null, "Overview"),
    trouble,
    tiles.list,
    section,
    figures,
    element(
      "p",
      { class: "hint" },
      "The charts begin when this page is opened and hold the last five minutes. For more, let Prometheus read /metrics.",
    ),
  );
  let seen = "";
  await keepLive(
    trouble,
    async () => {
      const status = await get("/api/status", { signal });
      // A token that is bound to a tenant sees no process and no metrics.
      const whole = status.version !== undefined;
      charts.slice(0, 3).forEach((chart) => {
        chart.element.hidden = !whole;
      });
      traffic.add(lookAt(status, whole ? readMetrics(await getText("/metrics", { signal })) : null));
      setTiles(tiles, status);
      const now = JSON.stringify([
        status.circuits,
        status.configuration?.last_reload_faults.length,
        status.partitions_not_adding_up,
        status.webhooks.queue_depth === null,
      ]);
      if (now !== seen)
        fill(
          attention,
          concerns(status).map((one) => element("li", null, ...one)),
        );
      seen = now;
      section.hidden = !attention.childElementCount;
      charts.forEach((chart) => chart.show(traffic.points));
    },
    SECONDS,
    signal,
  );
}
