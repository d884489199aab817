import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { drawnTexts, recordTexts, waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { eventually } from "./eventually.js";
import { expectRows, TerminalPage } from "./terminal-page.js";

const folder = mkdtempSync(join(tmpdir(), "terminal-eurgbp-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Minute bars of five decimals, on a day in winter. */
function recording(): string {
  const path = join(folder, "eurgbp.csv");
  const start = Date.parse("2026-01-15T00:00:00Z");
  const lines = Array.from({ length: 400 }, (_, minute) => {
    const price = (hundredThousandths: number) => (hundredThousandths / 100_000).toFixed(5);
    const open = 85_421 + (minute % 7);
    const prices = [open, open + 3, open - 2, open + 1].map(price);
    return [new Date(start + minute * 60_000).toISOString(), ...prices, 100 + minute].join(",");
  });
  writeFileSync(path, `time,open,high,low,close,volume\n${lines.join("\n")}\n`);
  return path;
}

const FIVE_DECIMALS = /^0\.854\d\d$/;

describe.skipIf(executablePath === undefined)("an instrument with prices of five decimals", () => {
  const browser = useChromium();
  const server = useServer({
    DATAFEED: "replay",
    REPLAY_FILE: recording(),
    REPLAY_SYMBOL: "EURGBP",
    REPLAY_BARS_PER_SECOND: "20",
    // However slow the machine is, the market is open during the whole test.
    REPLAY_AT_END: "loop",
  });

  test("has them everywhere, in the chosen time zone", async () => {
    const viewport = { width: 1440, height: 900 };
    const page = await browser.open(`${server.url}?account=FX-1`, {
      viewport,
      timezoneId: "America/New_York",
      // The exchange of a recording is in UTC: as if it were in Tokyo.
      prepare: async (page) => {
        await recordTexts(page);
        await page.route("**/datafeed/resolve/**", async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, json: { ...(await response.json()), timezone: "Asia/Tokyo" } });
        });
      },
    });
    const terminal = await new TerminalPage(page).ready();
    await waitForCandles(page);
    const fact = (name: string) => page.locator(".facts > div").filter({ hasText: name }).locator("dd").textContent();
    for (const name of ["Bid", "Ask", "Open"]) await eventually(() => fact(name)).toMatch(FIVE_DECIMALS);
    await eventually(() => fact("Spread")).toBe("0.00000");
    await eventually(() => page.locator(".watch-row .last").textContent()).toMatch(FIVE_DECIMALS);
    await eventually(() => page.locator(".watch-row .change small").textContent()).toMatch(/^[+-]?0\.000\d\d$/);
    await eventually(() => page.locator(".quote-price .last").textContent()).toMatch(FIVE_DECIMALS);
    await eventually(() => page.locator(".bar-legend").textContent()).toMatch(
      /O 0\.854\d\dH 0\.854\d\dL 0\.854\d\dC 0\.854\d\d/,
    );
    await eventually(() => terminal.ticket.locator(".buy small").textContent()).toMatch(FIVE_DECIMALS);
    const prices = (await drawnTexts(page)).filter((text) => text.startsWith("0.8"));
    expect(prices.length).toBeGreaterThan(2);
    for (const price of prices) expect(price).toMatch(/^0\.85\d{3}$/);
    await page.locator(".book .spread").getByText("Spread 0.00000").waitFor();
    await terminal.place({ type: "Limit", quantity: 10, limitPrice: 0.85012 });
    await expectRows(await terminal.rows("Orders"), / 0\.85012 /);
    await terminal.place({ type: "Market", quantity: 10 });
    await expectRows(await terminal.rows("Positions"), /^EURGBP Long 10 0\.854\d+ 0\.854\d\d /);
    await eventually(() => terminal.priceLines()).toContain("Buy 10 limit at 0.85012");

    // One time zone everywhere: that of the exchange, of the computer, or UTC.
    const zones = page.getByLabel("Time zone");
    await eventually(() => zones.locator("option").allTextContents()).toEqual([
      "Exchange: Tokyo",
      "Local: New York",
      "UTC",
    ]);
    await eventually(() => zones.inputValue()).toBe("exchange");
    const fills = await terminal.rows("Executions");
    await fills.first().waitFor();
    const timeOf = async () => (await fills.last().locator("td").last().textContent()) ?? "";
    const header = () => terminal.account.locator("thead th").last().textContent();
    await page.getByRole("tab", { name: "Trades" }).click();
    const hours: number[] = [];
    const axisHours: number[] = [];
    for (const [choice, name] of [
      ["utc", "UTC"],
      ["exchange", "Tokyo"],
      ["local", "New York"],
    ] as const) {
      await zones.selectOption(choice);
      await eventually(header).toBe(`Time (${name})`);
      await page.locator(".tape thead").getByText(`Time (${name})`).waitFor();
      hours.push(Number((await timeOf()).slice(0, 2)));
      const marks = (await drawnTexts(page)).filter((text) => /^\d\d:\d\d$/.test(text));
      axisHours.push(Number(marks[0]?.slice(0, 2)));
    }
    const [utc = 0, tokyo = 0, newYork = 0] = hours;
    expect([(tokyo - utc + 24) % 24, (utc - newYork + 24) % 24]).toEqual([
      9,
      expect.toSatisfy((h) => h === 4 || h === 5),
    ]);

    // The recording has the first six hours of a day in UTC.
    const utcHours = [0, -9, 5].map((toUtc, index) => ((axisHours[index] ?? Number.NaN) + toUtc + 24) % 24);
    for (const hour of utcHours) expect(hour).toBeLessThan(7);

    await page.reload();
    await terminal.ready();
    await eventually(() => zones.inputValue()).toBe("local");
  });
});
