import { describe, expect, test } from "vitest";
import { waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { eventually } from "./eventually.js";
import { lastPrices } from "./helpers.js";
import { TerminalPage } from "./terminal-page.js";

describe.skipIf(executablePath === undefined)("the terminal, on the reference server", () => {
  const browser = useChromium();
  const server = useServer();

  test("shows changing prices and candles, and switches symbols and resolutions", async () => {
    const page = await browser.open(server.url, { viewport: { width: 1280, height: 800 } });
    await page.getByText("Live", { exact: true }).waitFor();
    await page.waitForFunction(() => {
      const rows = document.querySelectorAll(".watch-row").length;
      return rows > 0 && document.querySelectorAll(".watch-row .last.unknown").length === 0;
    });
    await waitForCandles(page);

    const before = await lastPrices(page);
    expect(before.length).toBeGreaterThan(1);
    await page.waitForFunction((old) => {
      const now = [...document.querySelectorAll(".watch-row .last")].map(({ textContent }) => textContent);
      return now.some((price, index) => price !== old[index]);
    }, before);
    await page.locator(".flash.up, .flash.down").first().waitFor();

    const legend = page.locator(".bar-legend");
    const minute = await legend.textContent();
    await page.getByText("D", { exact: true }).click();
    await eventually(() => legend.textContent()).not.toBe(minute);
    await waitForCandles(page);

    await page.locator(".watch-row").nth(2).click();
    const third = await page.locator(".watch-row strong").nth(2).textContent();
    await eventually(() => page.locator(".quote h2").textContent()).toBe(third);
    await page.getByRole("listbox", { name: "Watchlist" }).press("ArrowUp");
    const second = await page.locator(".watch-row strong").nth(1).textContent();
    await eventually(() => page.locator(".quote h2").textContent()).toBe(second);
    await eventually(() => page.getByRole("option", { selected: true }).locator("strong").textContent()).toBe(second);
    await waitForCandles(page);
    await page.getByRole("radio", { name: "1 day" }).press("ArrowRight");
    await eventually(() => page.getByRole("radio", { name: "1 week" }).isChecked()).toBe(true);
    await waitForCandles(page);
  });

  test("fits every screen from phone to wide, in dark mode too", async () => {
    const page = await browser.open(server.url, { colorScheme: "dark", viewport: { width: 390, height: 844 } });
    await waitForCandles(page);
    await page.locator(".account").waitFor();
    expect(await page.evaluate(() => scrollY)).toBe(0);
    for (const [width, height] of [
      [320, 640],
      [390, 844],
      [820, 1180],
      [1024, 600],
      [1180, 820],
      [2560, 1440],
    ] as const) {
      await page.setViewportSize({ width, height });
      await waitForCandles(page);
      // The chart follows the size of the page a frame later.
      const overflow = () =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await eventually(overflow, `${width} wide`).toBe(0);
    }
  });

  test("moves the focus in reading order with the Tab key", async () => {
    const page = await browser.open(server.url);
    const { ticket } = await new TerminalPage(page).ready();
    await waitForCandles(page);
    const focused: string[] = [];
    await page
      .getByRole("button", { name: /^Set limit price .* to sell/ })
      .first()
      .waitFor();
    await page.locator(".watch-row").first().waitFor();
    // Disabled without a price, and then no stop.
    await eventually(() => ticket.getByRole("button", { name: "100%" }).isEnabled()).toBe(true);
    for (let stop = 0; stop < 25; stop++) {
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
      /combobox Search/,
      /BUTTON Sign out/,
      /BUTTON Settings/,
      /INPUT 1 minute/,
      /BUTTON Price alerts/,
      /SELECT Candles/,
      /BUTTON Indicators/,
      /BUTTON Download bars/,
      /BUTTON Full screen/,
      /SELECT Exchange/,
      /^A/,
      /separator Width of the order ticket/,
      /INPUT Buy/,
      /SELECT Market/,
      /INPUT/,
      /INPUT/,
      /SELECT Until cancelled/,
      /BUTTON 10%/,
      /BUTTON 25%/,
      /BUTTON 50%/,
      /BUTTON 100%/,
      /SUMMARY/,
      /BUTTON Review/,
      /tab Book/,
      /tabpanel/,
    ];
    expect(focused).toEqual(stops.map((stop) => expect.stringMatching(stop)));
  });

  test("selects the first result on Enter even if the results arrive later", async () => {
    const page = await browser.open(server.url);
    const search = page.getByRole("combobox", { name: "Search symbols" });
    await search.fill("a");
    await page.getByRole("listbox", { name: "Search results" }).getByRole("option", { name: "AAPL" }).waitFor();
    let reply = () => {};
    const replied = new Promise<void>((resolve) => {
      reply = resolve;
    });
    await page.route("**/search?query=tesla*", async (route) => {
      await replied;
      await route.continue();
    });
    await search.fill("tesla");
    await search.press("Enter");
    expect(await page.locator(".quote h2").textContent()).toBe("AAPL");
    expect(await search.inputValue()).toBe("tesla");
    reply();
    await eventually(() => page.locator(".quote h2").textContent()).toBe("TSLA");
    await eventually(() => search.inputValue()).toBe("");
    await search.fill("nothing like it");
    await page.getByText("No results for “nothing like it”").waitFor();
  });

  test("loads older bars when scrolling back", async () => {
    const page = await browser.open(server.url, { viewport: { width: 1280, height: 800 } });
    await waitForCandles(page);
    let isLoaded = false;
    const isOlder = (url: string) => Number(new URL(url).searchParams.get("to") ?? Number.NaN) < Date.now();
    const older = page
      .waitForResponse((response) => isOlder(response.url()))
      .finally(() => {
        isLoaded = true;
      });
    while (!isLoaded) {
      await page.mouse.move(300, 400);
      await page.mouse.down();
      await page.mouse.move(800, 400, { steps: 4 });
      await page.mouse.up();
    }
    const { bars } = await (await older).json();
    const to = Number(new URL((await older).url()).searchParams.get("to"));
    expect(bars.at(-1).time).toBe(to - 60_000);
    await waitForCandles(page);
  });

  test("does not flash with reduced motion", async () => {
    const page = await browser.open(server.url, { reducedMotion: "reduce" });
    const flash = page.locator(".watch-row .flash.up, .watch-row .flash.down").first();
    // Empty if the next price has replaced the element in between.
    const animation = () => flash.evaluate((price) => getComputedStyle(price).animationName);
    await eventually(animation).toBe("none");
    await page.emulateMedia({ reducedMotion: "no-preference" });
    await eventually(animation).toMatch(/^flash-/);
  });
});
