import { element, say } from "../dom.js";
import { poll } from "../poll.js";

/** A line that tells when what is shown could not be read again. */
export function makeTrouble() {
  return element("p", { class: "trouble", role: "alert", hidden: true });
}

/** Reads now and then; a fault is shown in `trouble` and goes when the next reading succeeds. A first 404 is thrown. */
export async function keepLive(trouble, read, seconds, signal) {
  let has = false;
  await poll(
    async () => {
      try {
        await read();
        has = true;
        trouble.hidden = true;
      } catch (fault) {
        if (fault.name === "AbortError" || fault.status === 401) return;
        if (!has && fault.status === 404) throw fault;
        say(trouble, fault.message);
        trouble.hidden = false;
      }
    },
    seconds,
    signal,
  );
}
