import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright";
import { describe, expect, test } from "vitest";
import { waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { expectRows, TerminalPage, toCents } from "./terminal-page.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Adds axe-core before the page loads, because the page's Content-Security-Policy blocks scripts from elsewhere. */
const prepare = (page: Page) => page.addInitScript({ path: AXE });

/** Returns axe-core's serious and critical violations in the current page, one line each. */
async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(() => {
    const { axe } = window as unknown as { axe: { run(on: Document, options: RunOptions): Promise<AxeResults> } };
    return axe.run(document, { resultTypes: ["violations"] });
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`));
}

const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

describe.skipIf(executablePath === undefined)("accessibility of the terminal", () => {
  const browser = useChromium();
  const server = useServer();

  test.each([
    ["light", "desktop"],
    ["dark", "desktop"],
    ["light", "phone"],
    ["dark", "phone"],
  ] as const)("has no serious violations in the main states: %s, %s", async (colorScheme, size) => {
    const account = `AXE-${colorScheme}-${size}`;
    // Without motion, because a fading flash passes through colors of any contrast.
    const options = { colorScheme, viewport: SIZES[size], reducedMotion: "reduce", prepare } as const;
    const page = await browser.open(`${server.url}?devtools&account=${account}`, options);
    const terminal = await new TerminalPage(page).ready();
    const violations = new Map<string, readonly string[]>();
    const check = async (state: string) => {
      const found = await violationsOf(page);
      if (found.length > 0) violations.set(state, found);
    };

    await waitForCandles(page);
    await check("workspace");
    await page.getByRole("combobox", { name: "Search symbols" }).fill("a");
    await page.getByRole("listbox", { name: "Search results" }).getByRole("option", { name: "AAPL" }).waitFor();
    await check("search");
    await page.getByRole("combobox", { name: "Search symbols" }).fill("");
    await terminal.review({ side: "Sell", quantity: 5 });
    await check("preview of a sale");
    await terminal.ticket.getByRole("button", { name: "Back" }).click();
    await terminal.place({ side: "Buy", quantity: 5 });
    await page.locator(".notification").first().waitFor();
    await expectRows(await terminal.rows("Positions"), /^AAPL Long 5 /);
    await check("positions and a notification");
    await terminal.account.getByRole("button", { name: "Protect" }).click();
    await check("dialog");
    await terminal.dialog.getByRole("button", { name: "Cancel" }).click();
    await terminal.place({ type: "Limit", limitPrice: toCents((await terminal.bestBid()) * 0.9) });
    await expectRows(await terminal.rows("Orders"), /Working/, /Filled/);
    await check("orders, working and finished");
    await (await terminal.rows("Executions")).first().waitFor();
    await check("executions");
    await terminal.account.getByRole("tab", { name: "Equity" }).click();
    await check("equity");
    await page.getByRole("tab", { name: "Trades" }).click();
    await page.locator(".tape tbody tr").first().waitFor();
    await check("tape");
    await page.getByRole("tab", { name: "Depth" }).click();
    await page.locator(".depth-plot polygon").first().waitFor();
    await page.getByRole("button", { name: "New list" }).click();
    await page.getByRole("button", { name: "Move AAPL", exact: true }).waitFor();
    await check("depth chart and an edited watchlist");
    await page.getByRole("button", { name: "Alert for AAPL" }).click();
    await terminal.dialog.getByLabel("Price", { exact: true }).fill("1");
    await terminal.dialog.getByRole("button", { name: "Create alert" }).click();
    await terminal.dialog.getByRole("list", { name: "Alerts" }).waitFor();
    await check("alerts");
    await terminal.dialog.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Streams" }).click();
    await page.getByRole("region", { name: "Streams" }).waitFor();
    await check("devtools");
    expect(Object.fromEntries(violations)).toEqual({});
  });
});

describe.skipIf(executablePath === undefined)("accessibility of the sign-in form", () => {
  const browser = useChromium();
  const server = useServer({ AUTH_MODE: "jwt", JWT_SECRET: "a secret of the test, of 32 characters or more" });

  test.each(["light", "dark"] as const)(
    "has no serious violations, with and without an error: %s",
    async (colorScheme) => {
      const page = await browser.open(server.url, { colorScheme, prepare });
      const form = page.getByRole("region", { name: "Sign in" });
      await form.getByLabel("Token").fill("nonsense");
      await form.getByRole("button", { name: "Sign in" }).click();
      await form.getByRole("alert").waitFor();
      expect(await violationsOf(page)).toEqual([]);
    },
  );
});
