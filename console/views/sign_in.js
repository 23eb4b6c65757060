import { get } from "../api.js";
import { element, fill, say } from "../dom.js";
import { keepToken } from "../session.js";

/** Asks for the token, tries it, and calls `enter` when the API takes it. */
export function showSignIn(place, enter) {
  const input = element("input", {
    id: "token",
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 4096,
  });
  const fault = element("p", { class: "trouble", role: "alert", hidden: true });
  const button = element("button", { type: "submit", class: "primary" }, "Sign in");
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    fault.hidden = true;
    try {
      await get("/api/status", { token: input.value.trim() });
      keepToken(input.value.trim());
      enter();
    } catch (refused) {
      say(fault, refused.status === 401 ? "The daemon does not take this token." : refused.message);
      fault.hidden = false;
      input.select();
    } finally {
      button.disabled = false;
    }
  };
  fill(
    place,
    element(
      "div",
      { class: "sign-in" },
      element("h1", null, "Postrider"),
      element(
        "form",
        { onsubmit: submit },
        element("label", { for: "token" }, "Token"),
        input,
        element(
          "p",
          { class: "hint" },
          "One with the scope admin, or read to look only. Leave it empty where the daemon has no tokens. It is kept in this tab and forgotten with it.",
        ),
        fault,
        button,
      ),
    ),
  );
  document.title = "Postrider";
  input.focus();
}
