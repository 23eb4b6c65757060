const STEPS = [1, 2, 2.5, 5, 10];

/** Marks from 0 to at least `highest`, at most five, at round numbers. */
export function marksUpTo(highest) {
  if (!(highest > 0)) return [0, 1];
  const rough = highest / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * STEPS.find((factor) => factor * power >= rough * 0.999);
  const marks = [0];
  while (marks.at(-1) < highest) marks.push(marks.length * step);
  return marks;
}

/** SVG path data of a line with gaps where a value is missing. A lone point becomes a short dash. */
export function linePath(places) {
  let path = "";
  let drawing = false;
  places.forEach((place, at) => {
    if (place === null) {
      drawing = false;
      return;
    }
    const [x, y] = place.map((number) => Math.round(number * 10) / 10);
    path += drawing ? `L${x} ${y}` : `M${x} ${y}`;
    if (!drawing && !places[at + 1]) path += `h1.5`;
    drawing = true;
  });
  return path;
}
