// A narrow phone, light and dark: nothing is wider than the screen, targets can be hit, texts can be read.
import assert from "node:assert/strict";
import { facts, inBrowser, signIn, visit } from "./browser.mjs";

const VIEWS = [
  ["", "Overview", ".tile strong:not(:empty)"],
  ["endpoints", "Endpoints", "tbody tr"],
  ["endpoints/billing", "billing", "tbody tr"],
  ["events/ev-1", "Events", "tbody tr"],
  ["dead-letters", "Dead letters", "tbody tr"],
  ["system", "System", ".facts"],
];
const LEAST_CONTRAST = 4.5;
const LEAST_TARGET = 40;

function measure() {
  const toRgb = (text) => text.match(/[\d.]+/g).map(Number);
  const light = (text) =>
    toRgb(text)
      .slice(0, 3)
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const groundOf = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((toRgb(color)[3] ?? 1) > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = [...document.querySelectorAll("main *, header *")].filter(
    (node) =>
      node.checkVisibility() &&
      !node.closest(":disabled, svg, option") &&
      [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim()),
  );
  const contrasts = texts.map((node) => {
    const [a, b] = [light(getComputedStyle(node).color), light(groundOf(node))];
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.textContent.slice(0, 40), node.className];
  });
  const targets = [...document.querySelectorAll("button, select, input:not([type=checkbox])")]
    .filter((node) => node.checkVisibility())
    .map((node) => [Math.round(node.getBoundingClientRect().height), node.textContent.slice(0, 40)]);
  return {
    overflow: document.documentElement.scrollWidth - screen.width,
    contrasts,
    targets,
    ground: getComputedStyle(document.body).backgroundColor,
  };
}

async function look(page, scheme) {
  await signIn(page);
  let ground;
  for (const [path, heading, sign] of VIEWS) {
    await visit(page, path, heading);
    await page.locator(sign).first().waitFor();
    const found = await page.evaluate(measure);
    assert.ok(found.overflow <= 0, `${heading} is ${found.overflow} px too wide`);
    assert.deepEqual(
      found.contrasts.filter(([ratio]) => ratio < LEAST_CONTRAST),
      [],
      `${heading}, ${scheme}`,
    );
    assert.deepEqual(
      found.targets.filter(([height]) => height < LEAST_TARGET),
      [],
      `${heading}: too small for a finger`,
    );
    ground = found.ground;
    if (facts.pictures)
      await page.screenshot({
        path: `${facts.pictures}/${scheme}-${heading.replaceAll(" ", "-")}.png`,
        fullPage: true,
      });
  }
  return ground;
}

const grounds = [];
await inBrowser(
  ...["light", "dark"].map((colorScheme) => ({
    scenario: async (page) => grounds.push(await look(page, colorScheme)),
    options: { colorScheme, viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  })),
);
assert.notEqual(grounds[0], grounds[1]);
