import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { findTool } from "@trading/tooling/tools";
import { chromium } from "playwright";
import { describe, expect, onTestFinished, test } from "vitest";
import { asyncApiHandler } from "../../src/async-api/handler.js";
import { service } from "./service.js";

const executablePath = findTool("chromium");
const SCREENSHOT = fileURLToPath(new URL("../../../../reports/asyncapi.png", import.meta.url));
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PATHS = { asyncApiPath: "/api/v1/ws/asyncapi.json", docsPath: "/api/v1/ws/asyncapi" };

describe.skipIf(executablePath === undefined)("the docs page in Chromium", () => {
  test("shows every operation, complains of nothing and asks no other server", async () => {
    const http = createServer(asyncApiHandler(service, PATHS)).listen(0, "127.0.0.1");
    onTestFinished(() => void http.close());
    await once(http, "listening");
    const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const browser = await chromium.launch({ executablePath: executablePath as string, args: ARGS });
    onTestFinished(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const requests: string[] = [];
    const faults: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => message.type() !== "log" && faults.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("requestfailed", (request) => faults.push(`failed: ${request.url()}`));
    await page.goto(`${origin}${PATHS.docsPath}`);
    await page.locator("#asyncapi .aui-root #operations").waitFor();
    await page.screenshot({ path: SCREENSHOT });
    await page.screenshot({ path: SCREENSHOT.replace(".png", "-full.png"), fullPage: true });
    console.log(requests, faults);
    const html = await page.locator("body").innerText();
    console.log(html.slice(0, 6000));
    expect(requests.filter((url) => !url.startsWith(origin) && !url.startsWith("data:"))).toEqual([]);
    expect(faults).toEqual([]);
  });
});
