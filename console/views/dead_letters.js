import { element, fill, link, say } from "../dom.js";
import { count, moment, orDash, since } from "../format.js";
import { notify } from "../notice.js";
import { filters } from "../parts/filters.js";
import { followJobs } from "../parts/job_list.js";
import { beginJob, describeSelection } from "../parts/letter_actions.js";
import { keepLive, makeTrouble } from "../parts/live.js";
import { PagedTable } from "../parts/paged_table.js";
import { go } from "../route.js";

const SECONDS = 5;
const MOST_SELECTED = 1000;

const REASONS = [
  "terminal_status",
  "gone",
  "attempts_exhausted",
  "expired",
  "interrupted",
  "backlog_full",
  "endpoint_deleted",
];
const FILTERS = [
  { name: "webhook_id", label: "Endpoint", placeholder: "id" },
  { name: "event_type", label: "Event type", placeholder: "case.created" },
  { name: "reason", label: "Reason", choices: REASONS },
  { name: "after", label: "Died after", type: "datetime-local" },
  { name: "before", label: "Died before", type: "datetime-local" },
];

/** Which letters are ticked, and the buttons that work on them. */
class Choice {
  ids = new Set();
  boxes = new Map();

  constructor(query, begun) {
    this.query = query;
    this.begun = begun;
    this.text = element("span", { role: "status" });
    this.all = element("input", { type: "checkbox", id: "select-all", onchange: () => this.#tickAll() });
    this.ofSelected = ["replay", "purge"].map((kind) =>
      this.#button(
        kind,
        `${name(kind)} selected`,
        () => ({ ids: [...this.ids] }),
        () => `${count(this.ids.size)} selected`,
      ),
    );
    const matching = ["replay", "purge"].map((kind) =>
      this.#button(
        kind,
        `${name(kind)} all that match`,
        () => this.query,
        () => describeSelection(this.query),
      ),
    );
    this.element = element(
      "div",
      { class: "buttons", role: "group", "aria-label": "Dead letters" },
      element("label", { class: "tick", for: "select-all" }, this.all, " Select all shown"),
      this.text,
      this.ofSelected,
      matching,
    );
    this.say();
  }

  #button(kind, text, selection, what) {
    const button = element("button", { type: "button", class: kind === "purge" ? "grave" : "" }, text);
    button.addEventListener("click", async () => {
      const job = await beginJob(kind, selection(), what(), button);
      if (!job) return;
      this.clear();
      this.begun(job);
    });
    return button;
  }

  #tickAll() {
    const wanted = this.all.checked;
    for (const [id, box] of this.boxes) this.#set(id, box, wanted);
    this.say();
  }

  #set(id, box, wanted) {
    if (wanted && this.ids.size >= MOST_SELECTED) wanted = false;
    box.checked = wanted;
    if (wanted) this.ids.add(id);
    else this.ids.delete(id);
  }

  makeBox(letter) {
    const box = element("input", {
      type: "checkbox",
      "aria-label": `Select ${letter.event_id ?? letter.id} of ${letter.webhook_id}`,
    });
    box.checked = this.ids.has(letter.id);
    box.addEventListener("change", () => {
      this.#set(letter.id, box, box.checked);
      this.say();
    });
    this.boxes.set(letter.id, box);
    return box;
  }

  clear() {
    this.ids.clear();
    for (const box of this.boxes.values()) box.checked = false;
    this.say();
  }

  /** What is no longer shown is no longer chosen. */
  keepOnly(items) {
    const shown = new Set(items.map((item) => item.id));
    for (const id of [...this.boxes.keys()]) {
      if (shown.has(id)) continue;
      this.boxes.delete(id);
      this.ids.delete(id);
    }
    this.say();
  }

  say() {
    say(
      this.text,
      this.ids.size
        ? `${count(this.ids.size)} selected${this.ids.size >= MOST_SELECTED ? ", the most at once" : ""}`
        : "",
    );
    for (const button of this.ofSelected) button.disabled = this.ids.size === 0;
    this.all.checked = this.ids.size > 0 && this.ids.size === this.boxes.size;
    this.all.indeterminate = this.ids.size > 0 && !this.all.checked;
  }
}

function name(kind) {
  return kind === "replay" ? "Replay" : "Purge";
}

function makeRow(letter, choice) {
  const when = element("span", { title: moment(letter.created_at) });
  const update = (now) => say(when, since(now.created_at));
  update(letter);
  return {
    update,
    cells: [
      choice.makeBox(letter),
      element("span", { class: "name" }, link("dead-letters", letter.id, letter.event_id ?? letter.id)),
      link("endpoints", letter.webhook_id),
      orDash(letter.event_type),
      letter.reason.replaceAll("_", " "),
      count(letter.attempts),
      orDash(letter.response_code),
      when,
      element("span", { class: "error" }, orDash(letter.error ?? letter.response_body)),
    ],
  };
}

export async function showDeadLetters(place, route, signal) {
  const query = Object.fromEntries(
    FILTERS.map(({ name: key }) => [key, route.query[key]]).filter(([, value]) => value),
  );
  const trouble = makeTrouble();
  const jobs = followJobs(signal, (job) => {
    notify(
      `The ${job.kind.replaceAll("_", " ")} is ${job.status}: ${count(job.done - job.skipped)} of ${count(job.total)}.`,
      { fault: job.status === "failed" },
    );
    table.refresh().catch(() => {});
  });
  const choice = new Choice(query, (job) => jobs.expect(job.id));
  const table = new PagedTable({
    caption: "Dead letters",
    path: "/api/dead-letters",
    list: "dead_letters",
    query,
    signal,
    empty: "No dead letter.",
    columns: ["", "Of event", "Endpoint", "Type", "Reason", "Attempts", "Answer", "Died", "Last error"],
    makeRow: (letter) => makeRow(letter, choice),
    afterwards: (items) => choice.keepOnly(items),
  });
  fill(
    place,
    element("h1", null, "Dead letters"),
    trouble,
    filters(FILTERS, query, (wanted) => go(["dead-letters"], wanted)),
    choice.element,
    table.element,
    jobs.element,
  );
  // What is being chosen stays where it is, whatever dies meanwhile.
  const read = async () => choice.ids.size === 0 && table.refresh();
  await Promise.all([keepLive(trouble, read, SECONDS, signal), jobs.follow()]);
}
