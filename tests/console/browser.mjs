// A headless Chromium that notes everything that must not happen on the page.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

/** What the test that started this says: `modules`, `chromium`, `url`, `token` and its own. */
export const facts = JSON.parse(process.env.CONSOLE_FACTS);
const { chromium } = createRequire(`${facts.modules}/package.json`)("playwright-core");
const LIMIT = facts.limit_ms;

/** Runs each `{scenario(page), url, options}` as a visitor of its own; fails when the page broke a rule. */
export async function inBrowser(...visits) {
  const browser = await chromium.launch({
    executablePath: facts.chromium,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    for (const one of visits) await receive(browser, one);
  } finally {
    await browser.close();
  }
}

/** `options` are those of a context. */
async function receive(browser, { scenario, url = facts.url, options = {} }) {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(LIMIT);
  const page = await context.newPage();
  const faults = await watch(page, url);
  await scenario(page);
  faults.push(...(await page.evaluate(() => globalThis.violations)));
  assert.deepEqual(faults, []);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await context.close();
}

async function watch(page, url) {
  const faults = [];
  // The browser itself reports every answer that is an error; those a scenario asks for are let through.
  page.expected = new Set();
  page.on("console", (message) => {
    const status = /Failed to load resource: .* status of (\d+)/.exec(message.text())?.[1];
    if (message.type() === "error" && !page.expected.has(Number(status))) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.stack}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${url}/`)) faults.push(`request elsewhere: ${request.url()}`);
    if (facts.token && request.url().includes(facts.token)) faults.push(`the token in a URL: ${request.url()}`);
  });
  await page.addInitScript(() => {
    globalThis.violations = [];
    // Notices go by themselves, perhaps before a busy machine has looked for them.
    globalThis.told = [];
    new MutationObserver((changes) =>
      changes
        .flatMap((change) => [...change.addedNodes])
        .filter((node) => node.classList?.contains("notice"))
        .forEach((node) => globalThis.told.push(node.textContent)),
    ).observe(document, { childList: true, subtree: true });
    document.addEventListener("securitypolicyviolation", (event) =>
      globalThis.violations.push(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  return faults;
}

export async function signIn(page, token = facts.token) {
  await page.goto("/");
  await page.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

/** Another view, the way a link goes there. */
export async function visit(page, path, heading) {
  await page.evaluate((to) => {
    location.hash = to;
  }, `#/${path}`);
  await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
}

/** Waits until what a function of the page gives is true. */
export function until(page, condition, argument) {
  return page.waitForFunction(condition, argument, { timeout: LIMIT });
}

/** Waits until a notice with this text has been shown. */
export function told(page, text) {
  return until(page, (wanted) => globalThis.told.some((one) => one.includes(wanted)), text);
}

export function row(page, text) {
  return page.locator("tbody tr", { hasText: text });
}
