import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "playwright";
import { afterAll, describe, expect, test } from "vitest";
import { recordTexts, waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { eventually } from "./eventually.js";
import { Finger, type Point } from "./finger.js";
import { TerminalPage } from "./terminal-page.js";

const PHONE = { width: 390, height: 844 };

/** Records what moves, including what follows input, which the metric itself (CLS) leaves out. Numbers that change count too little. */
function recordShifts(page: Page): Promise<unknown> {
  return page.addInitScript(() => {
    const shifts: object[] = [];
    Object.assign(window, { shifts });
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as LayoutShift[]) {
        const moved = entry.sources.map(({ node }) => node?.className ?? node?.nodeName);
        if (entry.value > 0.005) shifts.push({ value: entry.value, moved });
      }
    });
    observer.observe({ type: "layout-shift", buffered: true });
  });
}

/** The entry of the Layout Instability API, which TypeScript does not know. */
interface LayoutShift {
  readonly value: number;
  readonly sources: readonly { readonly node?: { readonly className?: string; readonly nodeName: string } }[];
}

/**
 * Returns a point that the first element with a selector has for itself now. The market moves the price scale of the chart, and with it the
 * handles of lines.
 */
async function pointOn(page: Page, selector: string): Promise<Point> {
  const find = await page.waitForFunction((selector) => {
    const { left, top, height } = document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect();
    const isFree = (x: number, y: number) => document.elementFromPoint(x, y)?.closest(selector);
    const [x, margin] = height > 100 ? [left + 100, 50] : [left + 20, 5];
    for (let y = top + Math.min(height / 2, 200); y > top; y -= 10) {
      if ([-margin, 0, margin].every((distance) => isFree(x, y + distance))) return { x, y };
    }
  }, selector);
  return (await find.jsonValue()) as Point;
}

/** Fails if the layout has moved by 0.05 or more, with what has moved. */
async function expectStill(page: Page): Promise<void> {
  const shifts = await page.evaluate(() => (window as unknown as { shifts: LayoutShift[] }).shifts);
  const sum = shifts.reduce((total, { value }) => total + value, 0);
  expect(sum < 0.05 ? [] : shifts).toEqual([]);
}

describe.skipIf(executablePath === undefined)("the layout of the terminal", () => {
  const browser = useChromium();
  const server = useServer();

  test("stays where it is on a phone while it loads, and when a symbol is chosen", async () => {
    const page = await browser.open(`${server.url}?account=LAYOUT`, {
      viewport: PHONE,
      hasTouch: true,
      prepare: recordShifts,
    });
    const terminal = await new TerminalPage(page).ready();
    await waitForCandles(page);
    await page.locator(".book .bid button").first().waitFor();
    await expectStill(page);

    await terminal.ticket.getByLabel("Quantity").fill("7");
    await page.evaluate(() => scrollTo(0, 0));
    const search = page.getByRole("combobox", { name: "Search symbols" });
    await search.fill("nvda");
    await page.getByRole("listbox", { name: "Search results" }).getByRole("option", { name: "NVDA" }).waitFor();
    await search.press("Enter");
    await eventually(() => page.locator(".quote h2").textContent()).toBe("NVDA");
    await waitForCandles(page);
    expect(await page.evaluate(() => scrollY)).toBe(0);
    await expectStill(page);

    // A quantity of one symbol does not apply to another.
    await eventually(() => terminal.ticket.getByLabel("Quantity").inputValue()).toBe("1");
    await eventually(() => page.title()).toMatch(/^NVDA [\d.]+ · /);
    expect(new URL(page.url()).searchParams.toString()).toBe("account=LAYOUT&symbol=NVDA");
    await page.reload();
    await terminal.ready();
    await eventually(() => page.locator(".quote h2").textContent()).toBe("NVDA");
  });

  test("loads less than 160 kB of assets until the chart is drawn, and stays where it is on a slow connection", async () => {
    const assets: Promise<number>[] = [];
    const page = await browser.open(`${server.url}?account=WIRE`, {
      viewport: PHONE,
      prepare: async (page) => {
        await recordShifts(page);
        // A 4G connection, as WebPageTest has it.
        const devtools = await page.context().newCDPSession(page);
        const bytesPerSecond = 9_000_000 / 8;
        await devtools.send("Network.emulateNetworkConditions", {
          offline: false,
          latency: 170,
          downloadThroughput: bytesPerSecond,
          uploadThroughput: bytesPerSecond,
        });
        page.on("requestfinished", (request) => {
          const { pathname } = new URL(request.url());
          const size = async () => (await request.sizes()).responseBodySize;
          if (pathname === "/" || pathname.startsWith("/assets/")) assets.push(size());
        });
      },
    });
    await new TerminalPage(page).ready();
    await waitForCandles(page);
    const bytes = (await Promise.all(assets)).reduce((sum, size) => sum + size, 0);
    expect(assets.length).toBeGreaterThan(3);
    expect(bytes).toBeLessThan(160_000);
    // The style sheet is part of the page: a request for it would delay the first paint.
    expect(await page.locator("link[rel=stylesheet]").count()).toBe(0);
    await expectStill(page);
  });

  test("keeps the review button in its place for every type of order, and behind the preview", async () => {
    const page = await browser.open(`${server.url}?account=TICKET`, { viewport: { width: 1440, height: 900 } });
    const { ticket } = await new TerminalPage(page).ready();
    const review = ticket.getByRole("button", { name: /^Review/ });
    const book = page.getByRole("region", { name: "Market depth" });
    const places = async () => [(await review.boundingBox())?.y, (await book.boundingBox())?.y];
    const before = await places();
    for (const type of ["Limit", "Stop", "Stop limit", "Market"]) {
      await ticket.getByLabel("Type").selectOption(type);
      expect(await places(), type).toEqual(before);
    }
    await review.click();
    await ticket.getByText(/^Buy 1 AAPL at the best available price\.$/).waitFor();
    expect(await places()).toEqual(before);
    await page.keyboard.press("Escape");
    await eventually(() => ticket.locator(".preview").count()).toBe(0);

    // The colors of a high-contrast theme replace those of both themes, and no text has the color of its background.
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, forcedColors: "active" });
      const colors = await review.evaluate((button) => {
        const { color, backgroundColor } = getComputedStyle(button);
        const panel = getComputedStyle(document.documentElement).getPropertyValue("--panel").trim();
        return { panel, isLegible: color !== backgroundColor };
      });
      expect(colors, colorScheme).toEqual({ panel: "Canvas", isLegible: true });
    }
  });

  test("scrolls the page with a swipe over the chart, but not with one over the handle of a line or after a long press", async () => {
    const page = await browser.open(server.url, {
      viewport: PHONE,
      hasTouch: true,
      prepare: async (each) => {
        await recordTexts(each);
        await each.addInitScript(() => {
          const alert = { id: "1", symbol: "AAPL", price: 1, condition: "below" };
          localStorage.setItem("trading-alerts", JSON.stringify([alert]));
        });
      },
    });
    await waitForCandles(page);
    const finger = await Finger.of(page);
    /** Returns the position of the page once a swipe would have begun to scroll it, which takes it a few frames. */
    const scrolled = () =>
      page.evaluate(async () => {
        for (let frame = 0; frame < 10; frame++) await new Promise(requestAnimationFrame);
        return scrollY;
      });
    // An alert is moved relative to the last price.
    await page.locator(".quote .last").waitFor();
    await finger.press(await pointOn(page, ".line-handle"));
    // The page gets the rest while it is busy, and must not lose the last move.
    const busy = page.evaluate(() => {
      for (const end = performance.now() + 300; performance.now() < end; );
    });
    await Promise.all([busy, finger.swipeUp(30)]);
    // Not the handle's value: an alert that is moved above the last price has another name, and it may fire.
    const price = () =>
      page.evaluate(
        () => (JSON.parse(localStorage.getItem("trading-alerts") ?? "[]") as { price: number }[])[0]?.price,
      );
    await eventually(price).toBeGreaterThan(1);
    expect(await scrolled()).toBe(0);

    await finger.press(await pointOn(page, ".chart-canvas"));
    // A long press has begun once the chart draws the time of the bar under the finger.
    await page.waitForFunction(() => {
      const { drawn } = window as unknown as { drawn: string[] };
      return drawn.some((text) => /^\w{3} \d+, \d{4} {2}\d\d:\d\d$/.test(text));
    });
    await finger.swipeUp(150);
    expect(await scrolled()).toBe(0);

    await eventually(async () => {
      // On a page that is busy for a quarter of a second, a swipe is a long press for the chart. It is repeated where the chart is in view.
      await page.evaluate(() => scrollTo(0, 0));
      await finger.press(await pointOn(page, ".chart-canvas"));
      await finger.swipeUp(150);
      return scrolled();
    }).toBeGreaterThan(50);
  });

  test("follows keys unless they are typed text, and remembers the theme and the chart", async () => {
    const page = await browser.open(`${server.url}?account=KEYS`, {
      colorScheme: "light",
      viewport: { width: 1440, height: 900 },
    });
    const { ticket } = await new TerminalPage(page).ready();
    const { keyboard } = page;
    await keyboard.press("s");
    await eventually(() => ticket.getByRole("radio", { name: "Sell" }).isChecked()).toBe(true);
    await eventually(() => page.evaluate(() => document.activeElement?.getAttribute("data-hotkey"))).toBe("quantity");
    await keyboard.press("b");
    await eventually(() => ticket.getByRole("radio", { name: "Sell" }).isChecked()).toBe(true);
    await keyboard.press("Escape");
    await page.locator(".watch-row").nth(1).waitFor();
    await keyboard.press("ArrowDown");
    await eventually(() => page.locator(".quote h2").textContent()).toBe("MSFT");
    await keyboard.press("/");
    await eventually(() => page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("combobox");
    await keyboard.press("Escape");
    await keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Settings and keys" });
    await dialog.getByLabel("Colors").selectOption("Dark");
    const panelColor = () =>
      page
        .locator(".panel")
        .first()
        .evaluate((panel) => getComputedStyle(panel).backgroundColor);
    await eventually(panelColor).toBe("rgb(18, 22, 29)");
    await dialog.getByRole("button", { name: "Close" }).click();

    // One Tab stop in the book; arrows move in it.
    await page.locator('.book button[tabindex="0"]').focus();
    await keyboard.press("ArrowDown");
    await eventually(() => page.evaluate(() => document.activeElement?.getAttribute("data-row"))).toBe("9");
    expect(await page.locator('.book button[tabindex="0"]').count()).toBe(1);

    await page.locator(".bar-legend").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download bars as CSV" }).click();
    expect((await download).suggestedFilename()).toBe("MSFT 1 minute.csv");
    // Without the byte order mark, which `trim` removes.
    const [header, line] = readFileSync(await (await download).path(), "utf8")
      .trim()
      .split("\r\n");
    expect(header).toBe("Time,Open,High,Low,Close,Volume");
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z,[\d.]+,/);

    await page.getByLabel("Chart type").selectOption("Area");
    await page.getByRole("button", { name: "Indicators" }).click();
    await page.getByLabel("Relative strength index, 14 bars").check();
    await page.reload();
    await eventually(panelColor).toBe("rgb(18, 22, 29)");
    await eventually(() => page.getByLabel("Chart type").inputValue()).toBe("area");
    await page.getByRole("button", { name: "Indicators" }).click();
    await eventually(() => page.getByLabel("Relative strength index, 14 bars").isChecked()).toBe(true);
    // The pane of the index has its axis: the chart has more canvases than without it.
    await eventually(() => page.locator(".chart-canvas tr").count()).toBeGreaterThan(2);
  });

  test("resizes panels with keys and the pointer, remembers the sizes, and resets them", async () => {
    const page = await browser.open(`${server.url}?account=PANELS`, { viewport: { width: 1440, height: 900 } });
    await new TerminalPage(page).ready();
    const { keyboard, mouse } = page;
    const side = page.getByRole("separator", { name: "Width of the order ticket" });
    const watch = page.getByRole("separator", { name: "Width of the watchlist" });
    const account = page.getByRole("separator", { name: "Height of the account" });
    const sizeOf = (line: Locator) => line.getAttribute("aria-valuenow").then(Number);
    const widthOf = (id: string) => page.locator(id).evaluate((panel) => panel.getBoundingClientRect().width);
    const sizes = () => Promise.all([side, watch, account].map(sizeOf));
    await eventually(async () => Math.min(...(await sizes()))).toBeGreaterThan(100);
    const before = await sizes();

    await side.focus();
    await keyboard.press("ArrowLeft");
    await eventually(() => widthOf("#panel-side")).toBe(306);
    await eventually(() => sizeOf(side)).toBe(306);
    await keyboard.press("End");
    // The largest size is that of the style sheet, so that the chart keeps its room.
    expect(await sizeOf(side)).toBe(Number(await side.getAttribute("aria-valuemax")));
    await keyboard.press("Enter");
    await eventually(() => sizeOf(side)).toBe(240);
    await account.focus();
    await keyboard.press("End");
    expect(await sizeOf(account)).toBe(Number(await account.getAttribute("aria-valuemax")));
    expect((await page.locator(".market").boundingBox())?.height).toBeGreaterThanOrEqual(320);
    await keyboard.press("Home");

    const box = (await watch.boundingBox()) as NonNullable<Awaited<ReturnType<Locator["boundingBox"]>>>;
    await mouse.move(box.x + 6, box.y + 300);
    await mouse.down();
    await mouse.move(box.x - 34, box.y + 300, { steps: 4 });
    await mouse.up();
    const after = [240, (before[1] as number) + 40, 120];
    await eventually(sizes).toEqual(after);

    await page.reload();
    await eventually(sizes).toEqual(after);
    await watch.dblclick();
    await eventually(sizes).toEqual([240, before[1], 120]);
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Reset panel sizes" }).click();
    await eventually(sizes).toEqual(before);
  });
});

describe.skipIf(executablePath === undefined)("watchlists, alerts and depth of the terminal", () => {
  const browser = useChromium();
  const server = useServer();
  const viewport = { width: 1440, height: 900 };

  test("creates, edits and remembers a watchlist, by pointer and by keyboard", async () => {
    const page = await browser.open(`${server.url}?account=LISTS`, { viewport, prepare: recordShifts });
    await new TerminalPage(page).ready();
    const panel = page.locator(".watch");
    const symbols = () => panel.locator("li strong, .watch-row strong").allTextContents();
    await panel.getByRole("button", { name: "New list" }).click();
    await eventually(() => page.evaluate(() => getSelection()?.toString())).toBe("List 1");
    await page.keyboard.type("Tech");
    const search = panel.getByRole("combobox", { name: "Add a symbol" });
    for (const symbol of ["MSFT", "NVDA", "TSLA"]) {
      await search.fill(symbol);
      await panel.getByRole("option", { name: symbol }).waitFor();
      await search.press("Enter");
      await panel.getByRole("button", { name: `Move ${symbol}`, exact: true }).waitFor();
    }
    await eventually(symbols).toEqual(["AAPL", "MSFT", "NVDA", "TSLA"]);

    const move = (symbol: string) => panel.getByRole("button", { name: `Move ${symbol}`, exact: true });
    await move("AAPL").focus();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowUp"]) await page.keyboard.press(key);
    await eventually(symbols).toEqual(["MSFT", "AAPL", "NVDA", "TSLA"]);
    await panel.getByText("AAPL is number 2 of 4").waitFor();

    const drag = async (symbol: string, rows: number) => {
      const row = panel.locator("li", { hasText: symbol });
      const { x, y, height } = (await row.boundingBox()) as NonNullable<Awaited<ReturnType<typeof row.boundingBox>>>;
      await page.mouse.move(x + 10, y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + 10, y + height * (rows + 0.5), { steps: 6 });
    };
    await drag("MSFT", 2);
    await page.mouse.up();
    await eventually(symbols).toEqual(["AAPL", "NVDA", "MSFT", "TSLA"]);
    await drag("TSLA", -3);
    await eventually(symbols).toEqual(["TSLA", "AAPL", "NVDA", "MSFT"]);
    await page.keyboard.press("Escape");
    await page.mouse.up();
    await eventually(symbols).toEqual(["AAPL", "NVDA", "MSFT", "TSLA"]);
    await panel.getByRole("button", { name: "Remove NVDA" }).click();
    await panel.getByRole("button", { name: "Done" }).click();
    await eventually(symbols).toEqual(["AAPL", "MSFT", "TSLA"]);
    await eventually(() => page.evaluate(() => document.activeElement?.tagName)).toBe("SELECT");
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());

    await page.locator("body").press("ArrowDown");
    await eventually(() => page.locator(".quote h2").textContent()).toBe("MSFT");
    await page.reload();
    await eventually(symbols).toEqual(["AAPL", "MSFT", "TSLA"]);
    expect(await panel.getByLabel("List", { exact: true }).locator("option:checked").textContent()).toBe("Tech");
    await panel.getByLabel("List", { exact: true }).selectOption("All symbols");
    await eventually(async () => (await symbols()).length).toBeGreaterThan(4);
    await expectStill(page);
  });

  test("fires an alert once, on the page and as a notification, and moves its line", async () => {
    const page = await browser.open(`${server.url}?account=ALERTS`, {
      viewport,
      prepare: async (each) => {
        await recordShifts(each);
        await each.addInitScript(() => {
          const sent: string[] = [];
          // Granted on request only, as a browser does.
          class FakeNotification {
            static permission = "default";
            static async requestPermission() {
              FakeNotification.permission = "granted";
              return "granted";
            }
            constructor(title: string) {
              sent.push(title);
            }
          }
          Object.assign(window, { Notification: FakeNotification, sent });
        });
      },
    });
    await new TerminalPage(page).ready();
    await waitForCandles(page);
    const sent = () => page.evaluate(() => (window as unknown as { sent: string[] }).sent);
    const waiting = page.getByRole("button", { name: /^Price alerts/ });
    const dialog = page.getByRole("dialog", { name: "Price alerts" });
    const price = dialog.getByLabel("Price", { exact: true });

    await page.locator(".chart-canvas").click({ button: "right", position: { x: 300, y: 150 } });
    expect(Number(await price.inputValue())).toBeGreaterThan(0);
    await page.keyboard.press("Escape");
    await eventually(() => dialog.count()).toBe(0);

    // Far from the market, so it is moved before it fires.
    await page.locator("body").press("a");
    const far = Math.round(Number(await price.inputValue()) * 0.8);
    await price.fill(`${far}`);
    await dialog.getByRole("button", { name: "Create alert" }).click();
    await dialog.getByText(/^Alert for AAPL at .* created$/).waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
    const handle = page.getByRole("slider", { name: "Alert below" });
    await handle.focus();
    await handle.press("ArrowDown");
    await handle.press("Enter");
    await eventually(() => handle.getAttribute("aria-valuetext")).toBe((far - 0.01).toFixed(2));
    await eventually(() => waiting.getAttribute("aria-label")).toBe("Price alerts, 1 waiting");

    await waiting.click();
    // Not `check`, which expects that the checkbox changes before the user has allowed it.
    await dialog.getByRole("checkbox").click();
    await eventually(() => dialog.getByRole("checkbox").isChecked()).toBe(true);
    interface Stored {
      readonly fired?: object;
    }
    const fired = () =>
      page.evaluate(() => {
        const stored: readonly Stored[] = JSON.parse(localStorage.getItem("trading-alerts") as string);
        return stored.filter((alert) => alert.fired).length;
      });
    // The market can leave the prices of some alerts behind. The next change of the price reaches one of the last two.
    const prices = new Set<string>();
    await eventually(async () => {
      const last = Number(await page.locator(".quote-price .last").textContent());
      for (const offset of [0.01, -0.01]) {
        const text = (last + offset).toFixed(2);
        if (prices.has(text)) continue;
        prices.add(text);
        await price.fill(text);
        await dialog.getByRole("button", { name: "Create alert" }).click();
      }
      return fired();
    }).toBeGreaterThan(0);
    await dialog.getByRole("button", { name: "Close" }).click();
    const notices = page.getByRole("status", { name: "Price alerts" });
    await notices
      .getByText(/^AAPL at or (above|below)/)
      .first()
      .waitFor();
    // Each one that has fired has been sent once, whatever the price did since.
    await eventually(async () => (await fired()) - (await sent()).length).toBe(0);
    expect(new Set(await sent()).size).toBe((await sent()).length);

    await page.reload();
    // In one call: the next alerts that fire take the place of the oldest notice.
    const title = await notices
      .getByRole("button", { name: /^Dismiss/ })
      .first()
      .evaluate((button: HTMLButtonElement) => {
        button.click();
        return button.getAttribute("aria-label") as string;
      });
    await eventually(() => notices.getByRole("button", { name: title }).count()).toBe(0);
    await expectStill(page);
  });

  test("shows what the order book can take, and uses a price of it", async () => {
    const page = await browser.open(`${server.url}?account=DEPTH`, { viewport });
    const { ticket } = await new TerminalPage(page).ready();
    const depth = page.getByRole("region", { name: "Market depth" });
    await depth.getByRole("tab", { name: "Depth" }).click();
    const slider = depth.getByRole("slider", { name: "Price on the depth chart" });
    // Without a book, or with an empty side, it cannot be focused, and the key would select the first tab.
    const textAt = async (place: "min" | "max") => {
      await slider.evaluate((input: HTMLInputElement) => input.focus());
      const isFocused = await slider.evaluate((input) => input === document.activeElement);
      if (isFocused) await page.keyboard.press(place === "min" ? "Home" : "End");
      return slider.getAttribute("aria-valuetext");
    };
    await eventually(() => textAt("min")).toMatch(/^Sell [\d,.]+ down to [\d.]+, at [\d.]+ on average\.$/);
    await eventually(() => textAt("max")).toMatch(/^Buy [\d,.]+ up to /);
    await depth.getByRole("button", { name: /^Buy with limit / }).click();
    await eventually(() => ticket.getByLabel("Type").inputValue()).toBe("1");
    await eventually(() => ticket.getByLabel("Limit price").inputValue()).toMatch(/^\d/);
    // The far ends of both areas are at the sides of the chart.
    await eventually(() => depth.locator("polygon").count()).toBe(2);
  });
});

describe.skipIf(executablePath === undefined)("the badge of the terminal", () => {
  const folder = mkdtempSync(join(tmpdir(), "terminal-ended-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "acme.csv");
  const days = Array.from({ length: 3 }, (_, day) => `2024-01-0${day + 1},100,103,99,101,1000`);
  writeFileSync(file, ["time,open,high,low,close,volume", ...days].join("\n"));
  const browser = useChromium();
  const server = useServer({
    DATAFEED: "replay",
    REPLAY_FILE: file,
    REPLAY_BARS_PER_SECOND: "50",
    REPLAY_AT_END: "stop",
  });

  test("is not live once the data has ended", async () => {
    const page = await browser.open(server.url);
    await page.locator(".connection.market-ended").getByText("Ended", { exact: true }).waitFor();
  });
});
