import { get, post } from "../api.js";
import { element, fill, isInUse } from "../dom.js";
import { count, moment, orDash, ranges, since } from "../format.js";
import { act } from "../notice.js";
import { badge } from "../parts/badge.js";
import { facts } from "../parts/facts.js";
import { keepLive, makeTrouble } from "../parts/live.js";
import { makeRow, makeTable } from "../parts/table.js";

const SECONDS = 5;
const SHOWN_HASH = 12;

function describeDaemon(status) {
  return facts([
    ["Version", status.version],
    ["Started", `${moment(status.started_at)} (${since(status.started_at)})`],
    ["Store", element("span", { class: "long" }, status.redis)],
    ["Shards", count(status.shards)],
    ["Requests in flight", count(status.in_flight)],
    ["Partitions", `${count(status.partitions_owned)} of ${count(status.partitions)} are this daemon's`],
    [
      "Accounts",
      status.partitions_not_adding_up === 0
        ? "add up"
        : `${count(status.partitions_not_adding_up)} partitions do not add up`,
    ],
  ]);
}

function describeTotals(totals) {
  if (!totals) return element("p", { class: "trouble" }, "The store does not answer.");
  return facts(
    Object.entries(totals).map(([name, value]) => [`${name[0].toUpperCase()}${name.slice(1)}`, count(value)]),
  );
}

function listRows(caption, columns, rows) {
  const body = rows.map((cells) => makeRow(columns, cells));
  return makeTable(caption, columns, element("tbody", null, body));
}

function describeFaults(faults) {
  return listRows(
    "Faults of the configuration",
    ["File", "Line", "Fault"],
    faults.map((fault) => [
      element("span", { class: "long" }, orDash(fault.file)),
      fault.line ? `${fault.line}:${fault.column}` : "–",
      element("span", { class: "error" }, fault.message),
    ]),
  );
}

function describeConfiguration({ files, loaded_at: loadedAt, last_reload_faults: faults }) {
  return [
    facts([
      ["Files", element("span", { class: "long" }, files.join(", "))],
      ["Loaded", `${moment(loadedAt)} (${since(loadedAt)})`],
      [
        "Last reload",
        faults.length ? badge("failed") : badge("done"),
        faults.length ? " The configuration before it holds." : "",
      ],
    ]),
    faults.length ? element("div", { class: "listing" }, describeFaults(faults)) : null,
  ];
}

/** Columns that some daemon fills; those of one that says less are left out. */
function describeMembers(members) {
  if (!members) return element("p", { class: "trouble" }, "The store does not answer.");
  const columns = [
    ["Daemon", (one) => element("span", null, one.name ?? "nobody", one.this ? " (this one)" : "")],
    ["Partitions", (one) => count(one.partitions)],
    ["Which", (one) => (one.owns ? element("span", { class: "long" }, ranges(one.owns) || "–") : null)],
    ["Shards", (one) => (one.shards === undefined ? null : count(one.shards))],
    ["Since", (one) => (one.since === undefined ? null : since(one.since))],
    [
      "Configuration",
      (one) =>
        one.config_hash === undefined
          ? null
          : element("code", { title: one.config_hash }, orDash(one.config_hash).slice(0, SHOWN_HASH)),
    ],
  ].filter(([, read]) => members.some((one) => read(one) !== null));
  const hashes = new Set(members.map((one) => one.config_hash).filter(Boolean));
  return [
    hashes.size > 1
      ? element("p", { class: "trouble" }, "The daemons have different configurations: they send by different rules.")
      : null,
    listRows(
      "Members",
      columns.map(([name]) => name),
      members.map((one) => columns.map(([, read]) => read(one) ?? "–")),
    ),
  ];
}

function reloadButton(reread) {
  const button = element(
    "button",
    {
      type: "button",
      onclick: async () => {
        await act(button, () => post("/api/config/reload"), "The configuration was loaded again.");
        reread();
      },
    },
    "Reload",
  );
  return button;
}

export async function showSystem(place, route, signal) {
  const trouble = makeTrouble();
  const parts = {
    daemon: element("div"),
    configuration: element("div"),
    members: element("div", { class: "listing" }),
    totals: element("div"),
  };
  const set = (part, ...content) => isInUse(part) || fill(part, ...content.flat());
  const read = async () => {
    const status = await get("/api/status", { signal });
    if (status.version === undefined) {
      fill(
        place,
        element("h1", null, "System"),
        element("p", null, "The token is bound to a tenant; this is shown to tokens that are not."),
      );
      return;
    }
    set(parts.daemon, describeDaemon(status));
    set(parts.configuration, describeConfiguration(status.configuration));
    set(parts.members, describeMembers(status.members));
    set(parts.totals, describeTotals(status.totals));
  };
  fill(
    place,
    element("h1", null, "System"),
    trouble,
    element("h2", null, "This daemon"),
    parts.daemon,
    element("h2", null, "Configuration"),
    element(
      "div",
      { class: "buttons" },
      reloadButton(() => read().catch(() => {})),
    ),
    parts.configuration,
    element("h2", null, "Members and partitions"),
    parts.members,
    element("h2", null, "Since the store began"),
    parts.totals,
  );
  await keepLive(trouble, read, SECONDS, signal);
}
