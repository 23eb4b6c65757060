import { get, pathOf, remove } from "../api.js";
import { confirm } from "../dialog.js";
import { element, fill, link } from "../dom.js";
import { count, moment, orDash } from "../format.js";
import { act } from "../notice.js";
import { eventLink } from "../parts/delivery_rows.js";
import { facts, quote } from "../parts/facts.js";
import { beginJob } from "../parts/letter_actions.js";
import { go } from "../route.js";

function replayButton(letter) {
  const button = element(
    "button",
    {
      type: "button",
      onclick: async () => {
        if (await beginJob("replay", { ids: [letter.id] }, `the letter of event ${letter.event_id}`, button))
          go(["dead-letters"]);
      },
    },
    "Replay",
  );
  return button;
}

function purgeButton(letter) {
  const button = element(
    "button",
    {
      type: "button",
      class: "grave",
      onclick: async () => {
        if (
          !(await confirm("Purge this dead letter?", "It is removed and cannot be brought back.", "Purge for good", {
            grave: true,
          }))
        )
          return;
        const removed = await act(
          button,
          async () => {
            await remove(pathOf("/api/dead-letters/{id}", letter.id));
            return true;
          },
          "The dead letter is gone.",
        );
        if (removed) go(["dead-letters"]);
      },
    },
    "Purge",
  );
  return button;
}

export async function showDeadLetter(place, route, signal) {
  fill(
    place,
    element("p", { class: "trail" }, element("a", { href: "#/dead-letters" }, "Dead letters")),
    element("h1", null, "Dead letter"),
  );
  const letter = await get(pathOf("/api/dead-letters/{id}", route.path[1]), { signal });
  place.append(
    element("div", { class: "buttons" }, replayButton(letter), purgeButton(letter)),
    facts([
      ["Event", eventLink(letter.event_id)],
      ["Type", letter.event_type],
      ["Endpoint", link("endpoints", letter.webhook_id)],
      ["Reason", letter.reason.replaceAll("_", " ")],
      ["Died", moment(letter.created_at)],
      ["Attempts", count(letter.attempts)],
      ["Last answer", orDash(letter.response_code)],
      ["Last error", letter.error && element("span", { class: "error" }, letter.error)],
    ]),
    element("h2", null, "Response body"),
    letter.response_body === null
      ? element("p", { class: "hint" }, "None was kept.")
      : quote(letter.response_body, "Response body"),
  );
}
