import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findTool } from "@trading/tooling/tools";
import { type Browser, chromium, type Locator } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { App } from "../../server/src/app.js";
import { lastPrices, openPage, startServer, waitForCandles } from "./helpers.js";

const executablePath = findTool("chromium");
const SCREENSHOT = fileURLToPath(new URL("../../../reports/terminal.png", import.meta.url));
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** For what comes only once the page has found the server again. */
const patient = { timeout: 30_000 };

describe.skipIf(executablePath === undefined)("the terminal in Chromium, on the reference server", () => {
  let browser: Browser;
  const apps: App[] = [];
  const directories: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath as string, args: ARGS });
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    for (const app of apps.splice(0)) await app.close();
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
  });

  async function start(...args: Parameters<typeof startServer>) {
    const server = await startServer(...args);
    apps.push(server.app);
    return server;
  }

  test("prices change, candles are drawn, symbols and resolutions can be chosen, and nothing goes wrong", async () => {
    const { url } = await start();
    const { page, faults } = await openPage(browser, url, { viewport: { width: 1280, height: 800 } });
    await page.getByText("Live", { exact: true }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll(".watch-row .last.unknown").length === 0);
    await waitForCandles(page);

    const before = await lastPrices(page);
    expect(before.length).toBeGreaterThan(1);
    await page.waitForFunction((old) => {
      const now = [...document.querySelectorAll(".watch-row .last")].map(({ textContent }) => textContent);
      return now.some((price, index) => price !== old[index]);
    }, before);
    await page.locator(".flash.up, .flash.down").first().waitFor();
    await page.screenshot({ path: SCREENSHOT });

    const legend = page.locator(".bar-legend");
    const minute = await legend.textContent();
    await page.getByText("D", { exact: true }).click();
    await expect.poll(() => legend.textContent()).not.toBe(minute);
    await waitForCandles(page);

    await page.locator(".watch-row").nth(2).click();
    const third = await page.locator(".watch-row strong").nth(2).textContent();
    await expect.poll(() => page.locator(".quote h2").textContent()).toBe(third);
    await page.getByRole("listbox").press("ArrowUp");
    const second = await page.locator(".watch-row strong").nth(1).textContent();
    await expect.poll(() => page.locator(".quote h2").textContent()).toBe(second);
    expect(await page.getByRole("option", { selected: true }).locator("strong").textContent()).toBe(second);
    await waitForCandles(page);
    await page.getByRole("radio", { name: "1 day" }).press("ArrowRight");
    expect(await page.getByRole("radio", { name: "1 week" }).isChecked()).toBe(true);
    await waitForCandles(page);
    expect(faults).toEqual([]);
  });

  test("it fits from a phone to a wide screen, in the dark too", async () => {
    const { url } = await start();
    const { page, faults } = await openPage(browser, url, { colorScheme: "dark" });
    for (const [width, height] of [
      [320, 640],
      [390, 844],
      [820, 1180],
      [1024, 600],
      [2560, 1440],
    ] as const) {
      await page.setViewportSize({ width, height });
      await waitForCandles(page);
      const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
      expect(scrollWidth, `${width} wide`).toBe(clientWidth);
    }
    expect(faults).toEqual([]);
  });

  test("the Tab key goes through the page as one reads it", async () => {
    const { url } = await start();
    const { page } = await openPage(browser, url);
    await waitForCandles(page);
    const focused: string[] = [];
    await page.getByRole("button", { name: "Sell at" }).first().waitFor();
    for (let stop = 0; stop < 9; stop++) {
      await page.keyboard.press("Tab");
      focused.push(
        await page.evaluate(() => {
          const { activeElement } = document;
          const label = activeElement?.getAttribute("aria-label") ?? activeElement?.textContent;
          return `${activeElement?.getAttribute("role") ?? activeElement?.tagName} ${label}`.trim();
        }),
      );
    }
    const stops = [
      /combobox Find/,
      /INPUT 1 minute/,
      /^A/,
      /INPUT Buy/,
      /SELECT/,
      /INPUT/,
      /SUMMARY/,
      /BUTTON Review/,
      /tab Book/,
    ];
    expect(focused).toEqual(stops.map((stop) => expect.stringMatching(stop)));
  });

  test("scrolling back asks for the bars before the first", async () => {
    const { url } = await start();
    const { page, faults } = await openPage(browser, url, { viewport: { width: 1280, height: 800 } });
    await waitForCandles(page);
    let found = false;
    const isOlder = (url: string) => Number(new URL(url).searchParams.get("to") ?? Number.NaN) < Date.now();
    const older = page
      .waitForResponse((response) => isOlder(response.url()))
      .finally(() => {
        found = true;
      });
    while (!found) {
      await page.mouse.move(300, 400);
      await page.mouse.down();
      await page.mouse.move(800, 400, { steps: 4 });
      await page.mouse.up();
    }
    const { bars } = await (await older).json();
    const to = Number(new URL((await older).url()).searchParams.get("to"));
    expect(bars.at(-1).time).toBe(to - 60_000);
    await waitForCandles(page);
    expect(faults).toEqual([]);
  });

  test("a server that goes away is told as the reason, and found again when it is back", async () => {
    const first = await start();
    const { page } = await openPage(browser, first.url);
    await page.getByText("Live", { exact: true }).waitFor();
    await waitForCandles(page);
    await first.app.close();
    await page.getByText(/trying again in/).waitFor();
    await page.locator(".desk.stale").waitFor();
    for (const past of [".watch-row .last", ".chart-canvas", ".bar-legend"]) {
      await expect
        .poll(() =>
          page
            .locator(past)
            .first()
            .evaluate((part) => getComputedStyle(part).opacity),
        )
        .toBe("0.45");
    }
    await start({}, first.port);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.locator(".desk:not(.stale)").waitFor();
  });

  test("only the resolutions that a symbol has can be chosen", async () => {
    const { url } = await start(await dailyRecording());
    const { page, faults } = await openPage(browser, url);
    await waitForCandles(page);
    const radios = page.getByRole("group", { name: "Resolution" }).getByRole("radio");
    const ids = (part: Locator) =>
      part.evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
    expect(await ids(radios.and(page.locator(":enabled")))).toEqual(["D", "W", "M"]);
    expect(await ids(radios.and(page.locator(":disabled")))).toEqual(["1", "5", "15", "30", "60"]);
    expect(await page.getByRole("radio", { name: "1 day" }).isChecked()).toBe(true);
    expect(faults).toEqual([]);
  });

  test("a server that came back with other symbols takes the old ones' prices away, then the old ones", async () => {
    const first = await start();
    const { page } = await openPage(browser, first.url);
    await page.waitForFunction(() => {
      const rows = document.querySelectorAll(".watch-row").length;
      return rows > 0 && document.querySelectorAll(".watch-row .last.unknown").length === 0;
    });
    const old = await page.locator(".watch-row strong").allTextContents();

    // A list that is behind: the replaced server still tells of the old symbols.
    const search = "**/api/v1/datafeed/search?*";
    const found = await (await page.request.get(`${first.url}api/v1/datafeed/search?query=&exchange=&type=`)).json();
    const config = await (await page.request.get(`${first.url}api/v1/datafeed/config`)).json();
    await page.route(search, (route) => route.fulfill({ json: found }));
    await page.route("**/api/v1/datafeed/config", (route) => route.fulfill({ json: config }));
    await first.app.close();
    const second = await start(await dailyRecording(), first.port);
    await expect.poll(() => page.locator(".watch-row .last.unknown").count(), patient).toBe(old.length);
    const title = `There is no symbol "${old[0]}" here.`;
    expect(await page.locator(".watch-row").first().locator(".last").getAttribute("title")).toBe(title);
    expect(await page.locator(".quote").textContent()).toContain(title);
    const notice = page.getByRole("alert");
    await notice.getByText(`No bars of ${old[0]}`).waitFor();
    expect(await notice.getByRole("button").count()).toBe(0);

    // The list of the server that is there now.
    await page.unroute(search);
    await page.unroute("**/api/v1/datafeed/config");
    await second.app.close();
    await start(await dailyRecording(), first.port);
    await expect.poll(() => page.locator(".watch-row strong").allTextContents(), patient).toEqual(["ACME"]);
    await notice.getByText("No bars of ACME at 1 minute").waitFor();
    expect(await notice.locator("p").textContent()).toMatch(/finer than its data/);
    await notice.getByRole("button", { name: "Show bars of 1 day" }).click();
    await waitForCandles(page);
    expect(await page.getByRole("radio", { name: "1 day" }).isChecked()).toBe(true);
  });

  /** What makes a server replay forty daily bars of ACME. */
  async function dailyRecording(): Promise<Record<string, string>> {
    const directory = await mkdtemp(join(tmpdir(), "terminal-"));
    directories.push(directory);
    const file = join(directory, "acme.csv");
    const days = Array.from({ length: 40 }, (_, day) => {
      const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
      return `${date},${100 + day},${103 + day},${99 + day},${101 + day},${1000 + day}`;
    });
    await writeFile(file, ["time,open,high,low,close,volume", ...days].join("\n"));
    return { DATAFEED: "replay", REPLAY_FILE: file, REPLAY_BARS_PER_SECOND: "50" };
  }
});
