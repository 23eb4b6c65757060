// The same page without a mouse: everything is reached with Tab, seen to have the focus, and works with Enter and Space.
import assert from "node:assert/strict";
import { facts, inBrowser, visit } from "./browser.mjs";

const MOST_TABS = 60;

async function focused(page) {
  return page.evaluate(() => {
    const node = document.activeElement;
    const style = getComputedStyle(node);
    return {
      name: node.getAttribute("aria-label") ?? node.textContent.trim(),
      outlined: style.outlineStyle !== "none",
      tag: node.tagName,
      id: node.id,
    };
  });
}

async function tabTo(page, name) {
  for (let presses = 0; presses < MOST_TABS; presses += 1) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (now.tag !== "BODY") assert.ok(now.outlined, `${now.tag} ${now.id} ${now.name} shows that it has the focus`);
    if (now.name === name) return;
  }
  assert.fail(`${name} cannot be reached with Tab`);
}

await inBrowser({
  scenario: async (page) => {
    await page.goto("/");
    await page.getByLabel("Token").waitFor();
    await page.keyboard.type(facts.token);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await tabTo(page, "Endpoints");
    await page.keyboard.press("Enter");
    await page.locator("tbody tr").first().waitFor();
    assert.equal((await focused(page)).name, "Endpoints", "the new view is where one goes on");
    assert.equal(await page.locator("nav a[aria-current=page]").textContent(), "Endpoints");
    await tabTo(page, "Pause billing");
    await page.keyboard.press("Space");
    await page.locator("tbody tr", { hasText: "billing" }).getByText("paused", { exact: true }).waitFor();
    // Lists are read again and again; what has the focus keeps it.
    await page.waitForResponse((answer) => answer.url().includes("/api/webhooks?"));
    await page.waitForResponse((answer) => answer.url().includes("/deliveries"));
    assert.equal((await focused(page)).name, "Resume billing");
    await visit(page, "dead-letters", "Dead letters");
    await page.locator("tbody tr").first().waitFor();
    await page.locator(".job").first().waitFor();
    const jobs = await page.locator(".job").count();
    await tabTo(page, "Purge all that match");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    assert.equal((await focused(page)).name, "Cancel", "the first choice of a grave question is no");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal((await focused(page)).name, "Purge all that match");
    assert.equal(await page.locator(".job").count(), jobs, "Escape is no");
    await page.locator(".skip").focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  },
});
