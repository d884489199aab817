import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { eventually } from "./eventually.js";
import { expectRows, TerminalPage } from "./terminal-page.js";

/** Apple's daily bars from 2013-05-13 to 2018-05-11, from a dependency of the server. */
const AAPL_CSV = createRequire(new URL("../../server/package.json", import.meta.url)).resolve(
  "@observablehq/sample-datasets/aapl.csv",
);

describe.skipIf(executablePath === undefined)("the terminal, replaying Apple's daily bars", () => {
  const browser = useChromium();
  const server = useServer({
    DATAFEED: "replay",
    REPLAY_FILE: AAPL_CSV,
    REPLAY_BARS_PER_SECOND: "50",
    REPLAY_AT_END: "loop",
  });
  const symbol = "LONG_NAME_OF_A_SYMBOL_".repeat(3).slice(0, 64);
  const named = useServer({ DATAFEED: "replay", REPLAY_FILE: AAPL_CSV, REPLAY_SYMBOL: symbol });

  test("draws the bars in order and offers only their resolutions", async () => {
    const page = await browser.open(server.url);
    await waitForCandles(page);
    const legend = page.locator(".bar-legend");
    const seen = new Set<string>();
    await eventually(
      async () => seen.add((await legend.locator("span").allTextContents()).join(" ")).size,
    ).toBeGreaterThan(3);
    const days = readFileSync(AAPL_CSV, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",").slice(1, 5).map(Number));
    const found = [...seen].map((text) => {
      const figures = [...text.matchAll(/[OHLC] ([\d.]+)/g)].map(([, figure]) => Number(figure));
      return days.findIndex((day) =>
        day.every((figure, index) => Math.abs(figure - (figures[index] as number)) < 0.0001),
      );
    });
    expect(found).not.toContain(-1);
    // The recording can have started again once in between.
    const start = found.findIndex((day, index) => day < (found[index - 1] ?? 0));
    const order = start === -1 ? found : [...found.slice(start), ...found.slice(0, start)];
    expect(order).toEqual(found.toSorted((one, other) => one - other));

    expect(await page.locator(".quote h2").textContent()).toBe("AAPL");
    const radios = page.getByRole("group", { name: "Resolution" }).getByRole("radio");
    const offered = await radios.evaluateAll((inputs) =>
      (inputs as HTMLInputElement[]).map(({ value, disabled }) => `${value}${disabled ? " disabled" : ""}`),
    );
    expect(offered).toEqual(["1 disabled", "5 disabled", "15 disabled", "30 disabled", "60 disabled", "D", "W", "M"]);
    expect(await page.getByRole("radio", { name: "1 day" }).isChecked()).toBe(true);
    await page.getByText("W", { exact: true }).click();
    await waitForCandles(page);
  });

  test("overflows at no width with names of maximum length", async () => {
    const page = await browser.open(`${named.url}?account=${"ACCOUNT-".repeat(8)}`);
    const terminal = await new TerminalPage(page).ready();
    await terminal.place({ quantity: 1 });
    await expectRows(await terminal.rows("Positions"), /^LONG_NAME/);
    for (const width of [320, 390, 820, 1180, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      // The chart follows the size of the page a frame later.
      const overflow = () =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await eventually(overflow, `${width} wide`).toBe(0);
      // A panel that is wider than its column would cover the next one.
      const wide = () =>
        page
          .locator(".panel")
          .evaluateAll((panels) =>
            panels.filter((panel) => panel.scrollWidth > panel.clientWidth).map(({ className }) => className),
          );
      await eventually(wide, `${width} wide`).toEqual([]);
    }
  });
});
