import { post } from "../api.js";
import { confirm } from "../dialog.js";
import { act } from "../notice.js";

const WORDS = {
  replay: {
    title: "Replay dead letters?",
    action: "Replay",
    text: (what) => `They are delivered anew: ${what}.`,
    done: "The replay has begun.",
  },
  purge: {
    title: "Purge dead letters?",
    action: "Purge for good",
    text: (what) => `They are removed and cannot be brought back: ${what}.`,
    done: "The purge has begun.",
  },
};

/** Asks, begins the job, and gives it; nothing when it was not wanted or refused. `selection`: the API's body. */
export async function beginJob(kind, selection, what, button) {
  const words = WORDS[kind];
  if (!(await confirm(words.title, words.text(what), words.action, { grave: kind === "purge" }))) return undefined;
  const answer = await act(button, () => post(`/api/dead-letters/${kind}`, selection), words.done);
  return answer?.job;
}

export function describeSelection(query) {
  const given = Object.entries(query).filter(([, value]) => value);
  if (!given.length) return "every dead letter that there is";
  return `all with ${given.map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ")}`;
}
