// Every text that the API may give is markup here, ids included, which the daemon itself would never let in.
import assert from "node:assert/strict";
import { facts, inBrowser, row, signIn, visit } from "./browser.mjs";

const MARKUP = `"'><script>globalThis.owned = 1</script><img src=x onerror="globalThis.owned = 1"><a href="javascript:globalThis.owned=1">`;
// What the page chooses by.
const KEPT = new Set(["state", "kind", "status", "version", "disabled_reason", "next_cursor"]);

function poison(value, name) {
  if (Array.isArray(value)) return value.map((one) => poison(one, name));
  if (value !== null && typeof value === "object")
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        name === "response_headers" ? `${key}${MARKUP}` : key,
        poison(one, key),
      ]),
    );
  if (name === "error" || name === "response_body" || name === "request_body" || name === "description") return MARKUP;
  return typeof value === "string" && !KEPT.has(name) ? value + MARKUP : value;
}

async function assertHarmless(page, where) {
  const found = await page.evaluate(() => ({
    owned: globalThis.owned ?? null,
    scripts: document.querySelectorAll("body script").length,
    images: document.querySelectorAll("main img, dialog img, #notices img").length,
    links: [...document.querySelectorAll("main a")]
      .map((link) => link.getAttribute("href"))
      .filter((href) => !href.startsWith("#/")),
    handlers: [...document.querySelectorAll("*")].filter((node) =>
      [...node.attributes].some(({ name }) => name.startsWith("on") || name === "style"),
    ).length,
  }));
  assert.deepEqual(found, { owned: null, scripts: 0, images: 0, links: [], handlers: 0 }, where);
  assert.ok(
    (await page.locator("main").textContent()).includes("<script>globalThis.owned"),
    `${where} shows the text as it is`,
  );
}

async function poisonApi(page) {
  await page.route("**/api/**", async (route) => {
    const answer = await route.fetch();
    const text = await answer.text();
    await route.fulfill({ response: answer, json: poison(JSON.parse(text), "") });
  });
}

await inBrowser({
  scenario: async (page) => {
    await signIn(page);
    // As it really comes: of a receiver, of an endpoint's description, of a sender.
    await visit(page, "endpoints", "Endpoints");
    await row(page, "billing").getByText("<script>").waitFor();
    await assertHarmless(page, "the real endpoints");
    await visit(page, "endpoints/crm", "crm");
    await row(page, "ev-1").getByRole("link", { name: "ev-1" }).click();
    await page.locator(".attempt").getByText("<script>").first().waitFor();
    await assertHarmless(page, "a real delivery");
    const delivery = new URL(page.url()).hash.slice(2);
    await visit(page, "events/ev-1", "Events");
    await page.getByRole("region", { name: "Payload" }).waitFor();
    await assertHarmless(page, "a real event");
    await visit(page, "dead-letters", "Dead letters");
    await row(page, "ev-1").getByRole("link", { name: "ev-1" }).click();
    await page.getByRole("region", { name: "Response body" }).waitFor();
    const letter = new URL(page.url()).hash.slice(2);

    await poisonApi(page);
    for (const [path, heading, sign] of [
      ["", "Overview", ".concerns a"],
      ["endpoints", "Endpoints", "tbody tr"],
      ["endpoints/crm", "crm", "tbody tr"],
      [delivery, "Delivery", ".attempt"],
      ["events/ev-1", "Events", "tbody tr"],
      ["dead-letters", "Dead letters", "tbody tr"],
      [letter, "Dead letter", ".quote"],
      ["system", "System", "tbody tr"],
    ]) {
      await visit(page, path, heading);
      await page.locator(sign).first().waitFor();
      await assertHarmless(page, `poisoned ${heading}`);
    }
    // A question and a notice with the poisoned text in them, and a route made of it.
    await visit(page, "endpoints", "Endpoints");
    page.expected.add(404);
    await page
      .getByRole("button", { name: /Send a test/ })
      .first()
      .click();
    await page.locator(".notice.fault").first().waitFor();
    await assertHarmless(page, "a notice");
    await row(page, "crm").getByRole("link").first().click();
    await page.getByText("There is no such id.").waitFor();
    assert.equal(await page.evaluate(() => globalThis.owned ?? null), null);
  },
});
