import { element } from "../dom.js";

const TONES = {
  active: "good",
  delivered: "good",
  closed: "good",
  done: "good",
  paused: "warn",
  half_open: "warn",
  retrying: "warn",
  running: "calm",
  pending: "calm",
  delivering: "calm",
  retry: "warn",
  open: "bad",
  disabled: "bad",
  dead: "bad",
  expired: "bad",
  failed: "bad",
};

/** A state as a word; its colour only repeats what the word says. */
export function badge(state, title = null) {
  if (!state) return "–";
  return element("span", { class: `badge ${TONES[state] ?? "calm"}`, title }, String(state).replaceAll("_", " "));
}
