import { element } from "../dom.js";

let made = 0;

function field({ name, label, choices, type = "text", placeholder = null }, value) {
  const id = `filter-${++made}`;
  const input = choices
    ? element(
        "select",
        { id },
        element("option", { value: "" }, "any"),
        choices.map((choice) =>
          element("option", { value: choice, selected: choice === value }, choice.replaceAll("_", " ")),
        ),
      )
    : element("input", {
        id,
        type,
        placeholder,
        step: type === "datetime-local" ? 1 : null,
        autocomplete: "off",
        spellcheck: "false",
        value: type === "datetime-local" ? toLocal(value) : (value ?? ""),
      });
  return {
    name,
    type,
    input,
    element: element("div", { class: "field" }, element("label", { for: id }, label), input),
  };
}

function toLocal(text) {
  const at = new Date(text ?? "");
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}

function read({ type, input }) {
  if (type !== "datetime-local" || !input.value) return input.value.trim();
  return new Date(input.value).toISOString();
}

/** A form of filters; `apply` gets what was chosen, by name. */
export function filters(fields, values, apply) {
  const parts = fields.map((one) => field(one, values[one.name]));
  const form = element(
    "form",
    {
      class: "filters",
      onsubmit: (event) => {
        event.preventDefault();
        apply(Object.fromEntries(parts.map((part) => [part.name, read(part)])));
      },
    },
    parts.map((part) => part.element),
    element(
      "div",
      { class: "buttons" },
      element("button", { type: "submit" }, "Filter"),
      element("button", { type: "button", class: "quiet", onclick: () => apply({}) }, "Clear"),
    ),
  );
  for (const part of parts)
    if (part.input.tagName === "SELECT") part.input.addEventListener("change", () => form.requestSubmit());
  return form;
}
