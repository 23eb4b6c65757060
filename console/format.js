const DASH = "–";
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export function count(value) {
  return value === null || value === undefined ? DASH : whole.format(value);
}

export function rate(value) {
  return value === null || value === undefined ? DASH : `${value < 100 ? tenth.format(value) : whole.format(value)}/s`;
}

export function percent(share) {
  if (share === null || share === undefined) return DASH;
  // 99.96 % must not be shown as 100 %.
  return `${tenth.format(Math.floor(share * 1000) / 10)} %`;
}

export function milliseconds(value) {
  if (value === null || value === undefined) return DASH;
  if (value < 1000) return `${value < 10 && value % 1 ? tenth.format(value) : whole.format(value)} ms`;
  return span(value / 1000);
}

/** A span of seconds in its two largest units. */
export function span(seconds) {
  if (seconds < 60) return `${tenth.format(seconds)} s`;
  const units = [
    ["d", 86400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  const [name, size] = units[first];
  const rest = Math.floor((seconds % size) / (units[first + 1]?.[1] ?? 1));
  return `${Math.floor(seconds / size)} ${name}${rest && units[first + 1] ? ` ${rest} ${units[first + 1][0]}` : ""}`;
}

/** The moment in this browser's time zone. */
export function moment(text) {
  if (!text) return DASH;
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return String(text);
  const two = (number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day} ${time}`;
}

/** "5 min ago", "in 2 h". */
export function since(text, now = Date.now()) {
  if (!text) return DASH;
  const seconds = (now - Date.parse(text)) / 1000;
  if (Number.isNaN(seconds)) return String(text);
  if (Math.abs(seconds) < 1) return "now";
  const rounded = Math.floor(Math.abs(seconds));
  return seconds > 0 ? `${span(rounded)} ago` : `in ${span(rounded)}`;
}

export function orDash(text) {
  return text === null || text === undefined || text === "" ? DASH : String(text);
}

/** [0,1,2,5] as "0–2, 5". */
export function ranges(numbers) {
  const parts = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}
