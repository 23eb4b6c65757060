import { pathOf, post } from "../api.js";
import { ask, reveal } from "../dialog.js";
import { element } from "../dom.js";
import { act, notify } from "../notice.js";

/** Pause or resume, whichever fits; `show(webhook)` sets it. `changed` gets the webhook as it is afterwards. */
export function standingButton(changed) {
  let shown = null;
  const button = element("button", {
    type: "button",
    onclick: () =>
      act(button, async () => {
        const verb = shown.state === "active" ? "pause" : "resume";
        changed(await post(pathOf(`/api/webhooks/{id}/${verb}`, shown.id)));
        notify(verb === "pause" ? `${shown.id} is paused: its events are held.` : `${shown.id} goes on.`);
      }),
  });
  const show = (webhook) => {
    shown = webhook;
    const verb = webhook.state === "active" ? "Pause" : "Resume";
    if (button.textContent !== verb) button.textContent = verb;
    button.setAttribute("aria-label", `${verb} ${webhook.id}`);
    // Only the configuration ends what the configuration says.
    button.hidden = webhook.disabled_reason === "operator";
  };
  return { button, show };
}

export function testButton(id) {
  const place = element("span", { role: "status" });
  const button = element(
    "button",
    {
      type: "button",
      "aria-label": `Send a test to ${id}`,
      onclick: () =>
        act(
          button,
          async () => {
            const { delivery_id: delivery } = await post("/api/webhooks/test", { webhook_id: id });
            // Until it has ended nothing is known of it.
            place.replaceChildren(
              element("a", { href: `#/deliveries/${encodeURIComponent(delivery)}?under_way=1` }, "The test"),
            );
          },
          `A test delivery goes to ${id}.`,
        ),
    },
    "Test",
  );
  return [button, place];
}

/** The old secret signs beside the new one for a while, so that the receiver can change over. */
export function rotateButton(id) {
  const button = element(
    "button",
    {
      type: "button",
      onclick: async () => {
        const hours = await ask(
          `Rotate the secret of ${id}?`,
          "A new secret is made. The one before signs beside it for as long as you say here; then it ends.",
          "Hours that both are in use",
          "Rotate",
          { value: "24", inputmode: "decimal" },
        );
        if (hours === null) return;
        if (!(hours !== "" && Number(hours) >= 0 && Number(hours) <= 720)) {
          notify("The hours must be a number from 0 to 720; nothing was changed.", { fault: true });
          return;
        }
        const rotated = await act(button, () =>
          post(pathOf("/api/webhooks/{id}/rotate-secret", id), { grace_seconds: Math.round(Number(hours) * 3600) }),
        );
        const secret = rotated?.secret ?? rotated?.public_key;
        if (secret) await reveal("The new secret", "Give it to the receiver. It is shown this once.", secret);
      },
    },
    "Rotate secret",
  );
  return button;
}
