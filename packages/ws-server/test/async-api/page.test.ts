import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { CHROMIUM_ARGS, findTool } from "@trading/tooling/tools";
import { chromium } from "playwright";
import { describe, expect, onTestFinished, test } from "vitest";
import { asyncApiDocument } from "../../src/async-api/document.js";
import { asyncApiHandler } from "../../src/async-api/handler.js";
import { docsPage } from "../../src/async-api/page.js";
import { service } from "./service.js";

const executablePath = findTool("chromium");
const SCREENSHOT = fileURLToPath(new URL("../../../../reports/asyncapi.png", import.meta.url));
/** Limit of each step in the browser. A busy machine needs minutes to start Chromium and render the page. */
const STEP_TIMEOUT_MS = 180_000;
const PATHS = { asyncApiPath: "/api/v1/ws/asyncapi.json", docsPath: "/api/v1/ws/asyncapi" };

describe.skipIf(executablePath === undefined)("the docs page in Chromium", () => {
  test("shows every operation, logs no error and sends requests to no other server", { timeout: 600_000 }, async () => {
    const http = createServer(asyncApiHandler(service, PATHS)).listen(0, "127.0.0.1");
    onTestFinished(() => void http.close());
    await once(http, "listening");
    const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const options = { executablePath: executablePath as string, args: CHROMIUM_ARGS, timeout: STEP_TIMEOUT_MS };
    const browser = await chromium.launch(options);
    onTestFinished(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
    page.setDefaultTimeout(STEP_TIMEOUT_MS);
    const elsewhere: string[] = [];
    const faults: string[] = [];
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) elsewhere.push(url);
    });
    page.on("console", (message) => faults.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("requestfailed", (request) => faults.push(`failed: ${request.url()}`));

    await page.goto(`${origin}${PATHS.docsPath}`);
    const { operations } = asyncApiDocument(service, "3.0.0") as { operations: object };
    const shown = page.locator('#operations [id^="operation-"]').filter({ visible: true });
    await shown.first().waitFor();
    const ids = await shown.evaluateAll((elements) => elements.map(({ id }) => id.replace(/^operation-\w+-/, "")));
    expect(ids.filter((id) => !id.startsWith("/"))).toEqual(Object.keys(operations));
    await page.locator(".sidebar").getByText("datafeed", { exact: true }).click();
    await page.getByRole("link", { name: "SEND bars.update" }).click();
    await page.getByText("#1 Example - bars.update").filter({ visible: true }).first().waitFor();
    await page.screenshot({ path: SCREENSHOT });
    expect(faults).toEqual([]);
    expect(elsewhere).toEqual([]);
  });
});

describe("the docs page", () => {
  const texts = { title: `<b>"Trading" & more</b>`, documentUrl: '/a.json?x="', assetsPath: "/a" };

  test("names the package to install if the component is missing", () => {
    const html = docsPage({ ...texts, installed: false });
    expect(html).toContain("npm install @asyncapi/react-component");
    expect(html).not.toContain("<script");
  });

  test.each([true, false])("escapes the texts of the service (installed: %s)", (installed) => {
    const html = docsPage({ ...texts, installed });
    expect(html).not.toContain("<b>");
    expect(html).toContain("&lt;b&gt;&quot;Trading&quot; &amp; more&lt;/b&gt;");
    expect(html).not.toContain('x="');
  });

  test("refers to no other server, and has no inline script that a policy would have to allow", () => {
    const html = docsPage(texts);
    expect(html).not.toMatch(/https?:|\/\//);
    expect(html).not.toMatch(/<script(?! src=)|<style| on\w+=/);
  });
});
