import { drawing, element, fill, say } from "../dom.js";
import { span } from "../format.js";
import { linePath, marksUpTo } from "./chart_scale.js";

const HEIGHT = 170;
const MARGIN = { top: 10, right: 8, bottom: 20, left: 46 };

/**
 * A line chart of the last minutes. `series`: `[{name, key, format}]`, at most two. `highest`: where the axis always
 * ends. The pointer, or the arrow keys when it has the focus, read single points.
 */
export class LineChart {
  #points = [];
  #looking = null;

  constructor({ title, note, series, highest = null, mark }) {
    Object.assign(this, { title, series, highest, mark });
    this.svg = drawing("svg", { height: HEIGHT, "aria-hidden": "true" });
    this.values = series.map(() => element("strong"));
    this.when = element("span", { class: "when" });
    const legend = series.map((one, at) =>
      element("span", { class: `key series-${at}` }, one.name, " ", this.values[at]),
    );
    this.plot = element("div", { class: "plot", tabindex: "0", role: "img" }, this.svg);
    this.element = element(
      "figure",
      { class: "chart" },
      element("figcaption", null, element("h2", null, title), element("div", { class: "legend" }, legend, this.when)),
      this.plot,
      element("p", { class: "hint" }, note),
    );
    this.#listen();
  }

  #listen() {
    new ResizeObserver(() => this.#draw()).observe(this.plot);
    this.plot.addEventListener("pointermove", (event) => {
      const { left, width } = this.plot.getBoundingClientRect();
      const share = (event.clientX - left - MARGIN.left) / Math.max(1, width - MARGIN.left - MARGIN.right);
      this.#lookAt(Math.round(share * (this.#points.length - 1)));
    });
    this.plot.addEventListener("pointerleave", () => this.#lookAt(null));
    this.plot.addEventListener("blur", () => this.#lookAt(null));
    this.plot.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.#lookAt((this.#looking ?? this.#points.length - 1) + step);
    });
  }

  #lookAt(index) {
    this.#looking =
      index === null || !this.#points.length ? null : Math.min(this.#points.length - 1, Math.max(0, index));
    this.#draw();
  }

  show(points) {
    this.#points = points;
    this.#draw();
  }

  #draw() {
    const width = this.plot.clientWidth;
    if (!width) return;
    const values = this.#points.flatMap((point) => this.series.map((one) => point[one.key] ?? 0));
    const marks = this.highest === null ? marksUpTo(Math.max(0, ...values)) : [0, this.highest / 2, this.highest];
    const area = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
    const x = (at) => MARGIN.left + (area.width * at) / Math.max(1, this.#points.length - 1);
    const y = (value) => MARGIN.top + area.height * (1 - value / marks.at(-1));
    this.svg.setAttribute("width", width);
    fill(
      this.svg,
      this.#grid(marks, y, width),
      this.series.flatMap((one, at) => this.#line(one, at, x, y)),
      this.#cursor(x, y),
    );
    this.#say();
  }

  #grid(marks, y, width) {
    const lines = marks.flatMap((value) => [
      drawing("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }),
      label(this.mark(value), { x: MARGIN.left - 6, y: y(value) + 4, "text-anchor": "end" }),
    ]);
    const first = this.#points[0];
    const past = first ? `${span(Math.round((Date.now() - first.at) / 1000))} ago` : "";
    return [
      ...lines,
      label(past, { x: MARGIN.left, y: HEIGHT - 4 }),
      label("now", { x: width - MARGIN.right, y: HEIGHT - 4, "text-anchor": "end" }),
    ];
  }

  #line({ key }, number, x, y) {
    const places = this.#points.map((point, at) =>
      point[key] === null || point[key] === undefined ? null : [x(at), y(point[key])],
    );
    return [drawing("path", { class: `line series-${number}`, d: linePath(places) })];
  }

  #cursor(x, y) {
    const point = this.#points[this.#looking];
    if (!point) return [];
    const dots = this.series
      .filter(({ key }) => point[key] !== null && point[key] !== undefined)
      .map(({ key }) => drawing("circle", { class: "dot", cx: x(this.#looking), cy: y(point[key]), r: 3.5 }));
    return [
      drawing("line", {
        class: "cursor",
        x1: x(this.#looking),
        x2: x(this.#looking),
        y1: MARGIN.top,
        y2: HEIGHT - MARGIN.bottom,
      }),
      ...dots,
    ];
  }

  #say() {
    const point = this.#points[this.#looking] ?? this.#points.at(-1);
    const texts = this.series.map(({ name, key, format }) => [name, format(point?.[key] ?? null)]);
    texts.forEach(([, text], at) => say(this.values[at], text));
    const when =
      this.#looking === null || !point ? "" : `${span(Math.max(0, Math.round((Date.now() - point.at) / 1000)))} ago`;
    say(this.when, when);
    this.plot.setAttribute("aria-label", `${this.title}: ${texts.map((pair) => pair.join(" ")).join(", ")} ${when}`);
  }
}

function label(text, attributes) {
  const node = drawing("text", attributes);
  node.textContent = text;
  return node;
}
