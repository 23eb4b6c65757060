// Every view and every action, as an operator with a mouse.
import assert from "node:assert/strict";
import { facts, inBrowser, row, signIn, told, until, visit } from "./browser.mjs";

async function enter(page) {
  await page.goto("/");
  page.expected.add(401);
  await page.getByLabel("Token").fill("no such token");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").filter({ hasText: "does not take this token" }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await signIn(page);
  page.expected.delete(401);
  assert.deepEqual(await page.evaluate(() => [localStorage.length, document.cookie]), [0, ""]);
  assert.ok(!page.url().includes(facts.token));
}

async function seeOverview(page) {
  await page.locator(".tile", { hasText: "Dead letters" }).filter({ hasText: "3" }).waitFor();
  await page.locator(".concerns", { hasText: "The last reload failed" }).waitFor();
  await page.locator(".concerns a", { hasText: "billing" }).waitFor();
  // A line needs two looks at the counters, and traffic between them.
  for (const title of ["Throughput", "Success", "Latency", "Backlog"])
    await until(
      page,
      (name) =>
        [...document.querySelectorAll(".chart")]
          .find((chart) => chart.querySelector("h2").textContent === name)
          .querySelector("path.line")
          .getAttribute("d")
          .includes("M"),
      title,
    );
  const chart = page.locator(".plot").first();
  await chart.focus();
  await page.keyboard.press("ArrowLeft");
  await page.locator(".chart").first().locator("circle.dot").first().waitFor();
}

async function operateEndpoints(page) {
  await visit(page, "endpoints", "Endpoints");
  const billing = row(page, "billing");
  await billing.getByText("open", { exact: true }).waitFor();
  await billing.getByText("answered 500").waitFor();
  await billing.getByRole("button", { name: "Pause billing" }).click();
  await billing.getByText("paused", { exact: true }).waitFor();
  await billing.getByRole("button", { name: "Resume billing" }).click();
  await billing.getByText("active", { exact: true }).waitFor();
  await row(page, "orders").getByRole("button", { name: "Send a test to orders" }).click();
  page.expected.add(404); // until the test has ended
  await row(page, "orders").getByRole("link", { name: "The test" }).click();
  await page.getByRole("heading", { level: 1, name: "Delivery" }).waitFor();
  await page.locator(".facts").getByText("delivered", { exact: true }).waitFor();
  page.expected.delete(404);
  await visit(page, "endpoints?state=disabled", "Endpoints");
  await row(page, "archive").waitFor();
  assert.equal(await page.locator("tbody tr").count(), 1);
  await page.getByLabel("Id", { exact: true }).fill(facts.made);
  await page.getByRole("button", { name: "Open" }).click();
  await page.getByRole("heading", { level: 1, name: facts.made }).waitFor();
}

async function rotate(page) {
  await page.getByRole("button", { name: "Rotate secret" }).click();
  await page.getByLabel("Hours that both are in use").fill("1");
  await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
  const secret = await page.locator("dialog .secret").textContent();
  assert.match(secret, /^whsec_\S{20,}$/);
  await page.getByRole("button", { name: "I have kept it" }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.ok(!(await page.content()).includes(secret), "a secret is shown once");
}

async function seeDeliveries(page) {
  await visit(page, "endpoints/crm", "crm");
  await row(page, "ev-1").getByText("dead", { exact: true }).waitFor();
  await page.getByLabel("Status").selectOption("delivered");
  await page.getByText("No delivery.").waitFor();
  assert.match(page.url(), /status=delivered/);
  await page.getByRole("button", { name: "Clear" }).click();
  await row(page, "ev-1").getByRole("link", { name: "ev-1" }).click();
  const attempt = page.locator(".attempt");
  await attempt.getByText("answered 400").waitFor();
  await attempt.getByText("postrider-attempt").waitFor();
  await attempt.getByText("field `amount` is missing").waitFor();
  assert.equal(await attempt.getByRole("row", { name: "webhook-signature" }).locator("td").textContent(), "***");
  await page.getByRole("region", { name: "Request body" }).filter({ hasText: "1.50" }).waitFor();
}

async function redeliver(page) {
  await visit(page, "events", "Events");
  await page.getByLabel("Event id").fill("ev-1");
  await page.getByRole("button", { name: "Look up" }).click();
  // To the byte: a number read and written again would be 1.5.
  await page.getByRole("region", { name: "Payload" }).filter({ hasText: '"amount": 1.50' }).waitFor();
  await page.getByRole("button", { name: "Redeliver to orders" }).click();
  await told(page, "Goes out anew: 1 delivery.");
  page.expected.add(404);
  await page.getByLabel("Event id").fill("never-was");
  await page.keyboard.press("Enter");
  await page.getByText("There is no event never-was").waitFor();
  page.expected.delete(404);
}

async function workOnDeadLetters(page) {
  await visit(page, "dead-letters", "Dead letters");
  await row(page, "ev-3").waitFor();
  await page.getByLabel("Reason").selectOption("expired");
  await page.getByText("No dead letter.").waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByLabel("Select ev-1 of crm").check();
  await page.getByRole("button", { name: "Replay selected" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Replay" }).click();
  await page.locator(".job", { hasText: "replay" }).getByText("1 of 1").waitFor();
  await told(page, "The replay is done");
  await row(page, "ev-2").getByRole("link", { name: "ev-2" }).click();
  await page.getByRole("region", { name: "Response body" }).filter({ hasText: "field `amount`" }).waitFor();
  await page.getByRole("button", { name: "Purge" }).click();
  await page.getByRole("button", { name: "Purge for good" }).click();
  await told(page, "The dead letter is gone.");
  await row(page, "ev-3").waitFor();
  assert.equal(await row(page, "ev-2").count(), 0);
  await page.getByLabel("Endpoint", { exact: true }).fill("crm");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("button", { name: "Purge all that match" }).click();
  await page.getByRole("dialog").getByText("all with webhook id crm").waitFor();
  await page.getByRole("button", { name: "Purge for good" }).click();
  await page.locator(".job", { hasText: "purge" }).locator(".badge", { hasText: "done" }).first().waitFor();
  await page.getByText("No dead letter.").waitFor();
}

async function seeSystem(page) {
  await visit(page, "system", "System");
  await page.getByRole("table", { name: "Members" }).getByText("16", { exact: true }).waitFor();
  await page.getByRole("table", { name: "Faults of the configuration" }).getByText("unknown key").waitFor();
  page.expected.add(422);
  await page.getByRole("button", { name: "Reload" }).click();
  await page.locator(".notice.fault", { hasText: "nothing was changed" }).waitFor();
  page.expected.delete(422);
}

async function leave(page) {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
}

await inBrowser({
  scenario: async (page) => {
    for (const step of [
      enter,
      seeOverview,
      operateEndpoints,
      rotate,
      seeDeliveries,
      redeliver,
      workOnDeadLetters,
      seeSystem,
      leave,
    ]) {
      console.log(step.name);
      await step(page);
    }
  },
});
