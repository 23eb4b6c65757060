import { get } from "../api.js";
import { element, fill, isInUse, say } from "../dom.js";
import { count, moment, since } from "../format.js";
import { poll } from "../poll.js";
import { badge } from "./badge.js";

const SHOWN = 8;
const SECONDS = 1;

function describeFilter(filter) {
  const given = Object.entries(filter)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`);
  return given.join(", ") || "all, or a selection";
}

function describeProgress({ done, total, skipped, error }) {
  const passed = skipped ? `, ${count(skipped)} of them skipped` : "";
  return `${count(done)} of ${count(total)}${passed}${error ? `: ${error}` : ""}`;
}

function setBar(bar, { status, done, total }) {
  if (status === "done") Object.assign(bar, { max: 1, value: 1 });
  else if (total > 0) Object.assign(bar, { max: total, value: done });
  // Without a total nobody knows how far it is, and the bar says so; one that failed is nowhere.
  else if (status === "failed") Object.assign(bar, { max: 1, value: 0 });
}

function makeJob(job) {
  const bar = element("progress", { "aria-label": `Progress of ${job.kind} ${job.id}` });
  const state = element("span");
  const progress = element("span", { class: "hint" });
  const begun = element("span", { class: "hint", title: moment(job.created_at) });
  const name = element("span", null, element("strong", null, job.kind.replaceAll("_", " ")), " ", state);
  const node = element("li", { class: "job" }, name, bar, progress, begun);
  let shown = null;
  const update = (now) => {
    if (now.status !== shown) fill(state, badge(now.status));
    shown = now.status;
    setBar(bar, now);
    say(progress, describeProgress(now));
    say(begun, `${describeFilter(now.filter)}; begun ${since(now.created_at)}`);
  };
  update(job);
  return { node, update };
}

/** The latest jobs, followed until `signal`; `ended(job)` is called once for each that ends while it is watched. */
export function followJobs(signal, ended) {
  const list = element("ul", { class: "jobs" });
  const none = element("p", { class: "empty" }, "No replay or purge was begun in the last days.");
  const jobs = new Map();
  const running = new Set();
  const read = async () => {
    const page = await get(`/api/jobs?limit=${SHOWN}`, { signal });
    none.hidden = page.jobs.length > 0;
    for (const job of page.jobs) {
      if (jobs.has(job.id)) jobs.get(job.id).update(job);
      else jobs.set(job.id, makeJob(job));
      if (job.status === "running") running.add(job.id);
      else if (running.delete(job.id)) ended(job);
    }
    const nodes = page.jobs.map((job) => jobs.get(job.id).node);
    if (nodes.some((node, at) => list.children[at] !== node) && !isInUse(list)) fill(list, ...nodes);
  };
  const follow = () =>
    poll(
      () =>
        read().catch((fault) => {
          if (signal.aborted || fault.status === 401) return;
          none.hidden = false;
          say(none, fault.message);
        }),
      SECONDS,
      signal,
    );
  /** A job that was begun from here: even when it has ended before the first look at it, its end is told. */
  const expect = (id) => running.add(id);
  return {
    element: element("section", { "aria-label": "Jobs" }, element("h2", null, "Jobs"), none, list),
    follow,
    expect,
  };
}
