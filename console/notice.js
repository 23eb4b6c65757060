import { element } from "./dom.js";

const SHOWN_SECONDS = 6;
const MOST = 3;

/** Tells what was done, for a while; a fault stays until it is closed. Read aloud by screen readers. */
export function notify(text, { fault = false } = {}) {
  const place = document.getElementById("notices");
  const notice = element(
    "div",
    { class: fault ? "notice fault" : "notice" },
    element("span", null, text),
    element(
      "button",
      { type: "button", class: "quiet", "aria-label": "Close this message", onclick: () => notice.remove() },
      "×",
    ),
  );
  while (place.childElementCount >= MOST) place.firstElementChild.remove();
  place.append(notice);
  if (!fault) setTimeout(() => notice.remove(), SHOWN_SECONDS * 1000);
}

/**
 * Does `work` once: the button rests meanwhile, `done` is said at its end, and what fails is told. It is not disabled,
 * because it would lose the focus.
 */
export async function act(button, work, done) {
  if (button.getAttribute("aria-disabled") === "true") return undefined;
  button.setAttribute("aria-disabled", "true");
  try {
    const result = await work();
    if (done) notify(typeof done === "function" ? done(result) : done);
    return result;
  } catch (fault) {
    if (fault.name !== "AbortError" && fault.status !== 401) notify(tell(fault), { fault: true });
    return undefined;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

/** A refusal with its faults, field by field. */
export function tell(fault) {
  const fields = (fault.faults ?? []).slice(0, 5).map((one) => `${one.field ?? one.file ?? ""}: ${one.message}`);
  return fields.length > 1 ? `${fault.message} (${fields.join("; ")})` : fault.message;
}
