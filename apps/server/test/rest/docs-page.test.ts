import { findTool } from "@trading/tooling/tools";
import { chromium } from "playwright";
import { describe, expect, onTestFinished, test } from "vitest";
import { accessByClaims } from "../../src/auth/access.js";
import { Ledger } from "../fixtures/ledger.js";
import { serveModules } from "../helpers.js";

const executablePath = findTool("chromium");

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

describe.skipIf(executablePath === undefined)("the docs page in Chromium", () => {
  test("draws and tries every endpoint under its policy, complains of nothing and asks no other server", async () => {
    const access = accessByClaims(() => Promise.reject(new Error("nobody")), new Set(["OPEN"]));
    const { http } = await serveModules([new Ledger()], { access });
    const browser = await chromium.launch({ executablePath: executablePath as string, args: ARGS });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
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
    const balance = page.locator(".opblock", { hasText: "What an account has" });
    await balance.locator(".opblock-summary").click();
    await balance.getByRole("button", { name: "Try it out" }).click();
    await balance.getByPlaceholder("accountId").fill("OPEN");
    await balance.getByRole("button", { name: "Execute" }).click();
    await balance.locator(".live-responses-table .response-col_status", { hasText: "200" }).waitFor();
    expect(faults).toEqual([]);
  });
});
