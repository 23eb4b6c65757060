// Those who may see less: a token of a tenant, one that only reads, and the guests of a daemon without tokens.
import assert from "node:assert/strict";
import { facts, inBrowser, row, signIn, visit } from "./browser.mjs";

async function asTenant(page) {
  await signIn(page, facts.tenant);
  await page.locator(".tile", { hasText: "Endpoints" }).filter({ hasText: "1 active" }).waitFor();
  assert.deepEqual(await page.locator(".chart h2:visible").allTextContents(), ["Backlog"]);
  await visit(page, "endpoints", "Endpoints");
  await row(page, "of-tenant").waitFor();
  assert.equal(await page.locator("tbody tr").count(), 1);
  await visit(page, "system", "System");
  await page.getByText("The token is bound to a tenant").waitFor();
}

async function asReader(page) {
  await signIn(page, facts.reader);
  await visit(page, "endpoints", "Endpoints");
  page.expected.add(403);
  await row(page, "of-all").getByRole("button", { name: "Pause of-all" }).click();
  await page.locator(".notice.fault", { hasText: "lacks the scope" }).waitFor();
  await row(page, "of-all").getByText("active", { exact: true }).waitFor();
}

async function asGuest(page) {
  await page.goto("/");
  await page.getByLabel("Token").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.locator(".tile", { hasText: "Endpoints" }).filter({ hasText: "0 active" }).waitFor();
}

await inBrowser({ scenario: asTenant }, { scenario: asReader }, { scenario: asGuest, url: facts.open });
