import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lineLogger } from "@trading/ws-server";
import type { Browser, Page } from "playwright";
import type { App } from "../../server/src/app.js";
import { compose } from "../../server/src/compose.js";
import { parseEnv } from "../../server/src/env.js";
import { TERMINAL_DIST } from "../../server/src/page.js";

/** The reference server as `npm start` wires it, on a port of its own. */
export async function startServer(
  env: Record<string, string> = {},
  port = 0,
): Promise<{ app: App; url: string; port: number }> {
  if (!existsSync(`${TERMINAL_DIST}/index.html`)) {
    throw new Error(
      "apps/terminal/dist is missing: run `npm run build` at the root, or `npx vite build` in apps/terminal",
    );
  }
  const DATA_DIR = mkdtempSync(join(tmpdir(), "terminal-data-"));
  const { app } = await compose(parseEnv({ AUTH_MODE: "demo", DATA_DIR, ...env }), { logger: lineLogger("silent") });
  const taken = await app.listen(port, "127.0.0.1");
  return { app, port: taken, url: `http://127.0.0.1:${taken}/` };
}

/** A page of its own, and everything about it that should never happen. */
export async function openPage(browser: Browser, url: string, options: Parameters<Browser["newPage"]>[0] = {}) {
  const page = await browser.newPage(options);
  const faults: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`uncaught: ${error}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) faults.push(`left: ${request.url()}`);
  });
  page.on("websocket", (socket) => {
    if (new URL(socket.url()).host !== new URL(url).host) faults.push(`left: ${socket.url()}`);
  });
  page.on("response", (response) => {
    if (!response.ok()) faults.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(url);
  return { page, faults };
}

/** The last prices of the watch list, from the top; empty until every symbol has one. */
export function lastPrices(page: Page): Promise<string[]> {
  return page.locator(".watch-row .last:not(.unknown)").allTextContents();
}

/** Waits until the chart's canvases hold pixels of the candles' own colours. */
export async function waitForCandles(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const style = getComputedStyle(document.documentElement);
    const wanted = ["--up", "--down"].map((name) => Number.parseInt(style.getPropertyValue(name).trim().slice(1), 16));
    return [...document.querySelectorAll<HTMLCanvasElement>(".chart-canvas canvas")].some((canvas) => {
      if (canvas.width === 0 || canvas.height === 0) return false;
      // A copy: the page's own canvas must not be slowed down, nor warned about, by being read.
      const copy = new OffscreenCanvas(canvas.width, canvas.height);
      const context = copy.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      let painted = 0;
      for (let at = 0; at < data.length; at += 4) {
        const color = ((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number);
        if (wanted.includes(color)) painted += 1;
      }
      return painted > 50;
    });
  });
}
