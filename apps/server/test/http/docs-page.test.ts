import { CHROMIUM_ARGS, findTool } from "@trading/tooling/tools";
import { chromium } from "playwright";
import { describe, expect, onTestFinished, test } from "vitest";
import { accessByClaims } from "../../src/auth/access.js";
import { Ledger } from "../fixtures/ledger.js";
import { serveModules } from "../helpers.js";

const executablePath = findTool("chromium");

/** Limit of each step in the browser. A busy machine needs minutes to start Chromium and render the page. */
const STEP_TIMEOUT_MS = 180_000;
describe.skipIf(executablePath === undefined)("the docs page in Chromium", () => {
  test("shows and tries every endpoint under its policy, logs no error and sends requests to no other server", {
    timeout: 600_000,
  }, async () => {
    const access = accessByClaims(() => Promise.reject(new Error("no user")), new Set(["OPEN"]));
    const { http } = await serveModules([new Ledger()], { access });
    const options = { executablePath: executablePath as string, args: CHROMIUM_ARGS, timeout: STEP_TIMEOUT_MS };
    const browser = await chromium.launch(options);
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    page.setDefaultTimeout(STEP_TIMEOUT_MS);
    const faults: string[] = [];
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${http}/`) && !url.startsWith("data:")) faults.push(`left: ${url}`);
    });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`uncaught: ${error}`));
    page.on("response", (response) => {
      if (!response.ok()) faults.push(`${response.status()}: ${response.url()}`);
    });
    await page.goto(`${http}/api/v1/docs`);
    await page.locator(".opblock").first().waitFor();
    expect(await page.locator(".opblock-summary-path").allTextContents()).toEqual(
      expect.arrayContaining(["/api/v1/health", "/api/v1/ledger/balance"].map((path) => expect.stringContaining(path))),
    );
    const balance = page.locator(".opblock", { hasText: "The balance of an account" });
    await balance.locator(".opblock-summary").click();
    await balance.getByRole("button", { name: "Try it out" }).click();
    await balance.getByPlaceholder("accountId").fill("OPEN");
    await balance.getByRole("button", { name: "Execute" }).click();
    await balance.locator(".live-responses-table .response-col_status", { hasText: "200" }).waitFor();
    expect(faults).toEqual([]);
  });
});
