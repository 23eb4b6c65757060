import { element } from "./dom.js";

function open(dialog) {
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

function button(dialog, text, value, kind) {
  return element("button", { type: "button", class: kind, onclick: () => dialog.close(value) }, text);
}

function frame(title, ...content) {
  const dialog = element("dialog", { "aria-labelledby": "dialog-title" });
  dialog.append(element("h2", { id: "dialog-title" }, title), ...content);
  return dialog;
}

/** Asks before something is done that cannot be undone. Escape is no. */
export async function confirm(title, text, action, { grave = false } = {}) {
  const dialog = frame(title, element("p", null, text));
  dialog.append(
    element(
      "div",
      { class: "buttons" },
      button(dialog, "Cancel", "", ""),
      button(dialog, action, "yes", grave ? "grave" : "primary"),
    ),
  );
  return (await open(dialog)) === "yes";
}

/** Asks for one text; null when it was not given. */
export async function ask(title, text, label, action, { type = "text", value = "", inputmode = null } = {}) {
  const input = element("input", {
    id: "dialog-input",
    type,
    value,
    inputmode,
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 256,
  });
  const dialog = frame(title, element("p", null, text), element("label", { for: "dialog-input" }, label), input);
  const yes = button(dialog, action, "yes", "primary");
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") yes.click();
  });
  dialog.append(element("div", { class: "buttons" }, button(dialog, "Cancel", "", ""), yes));
  return (await open(dialog)) === "yes" ? input.value.trim() : null;
}

/** Shows a secret this once; it is in the page only while the dialog is open. */
export async function reveal(title, text, secret) {
  const shown = element("code", { class: "secret", tabindex: "0" }, secret);
  const copied = element("span", { role: "status" });
  const dialog = frame(title, element("p", null, text), shown);
  const copy = element(
    "button",
    {
      type: "button",
      onclick: async () => {
        try {
          await navigator.clipboard.writeText(secret);
          copied.textContent = "Copied.";
        } catch {
          getSelection().selectAllChildren(shown);
          copied.textContent = "Selected: copy it with the keyboard.";
        }
      },
    },
    "Copy",
  );
  dialog.append(element("div", { class: "buttons" }, copied, copy, button(dialog, "I have kept it", "", "primary")));
  await open(dialog);
}
