import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright";
import { describe, expect, test } from "vitest";
import { waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { expectRows, TerminalPage, toCents } from "./terminal-page.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** The rules that Lighthouse counts, and axe-core leaves off. The others of Lighthouse are a part of those that are on. */
const ALSO = ["target-size", "td-has-header", "label-content-name-mismatch", "table-fake-caption"];

/** The issues that the browser's developer tools list, by page. */
const issues = new WeakMap<Page, Set<string>>();

/**
 * Adds axe-core before the page loads, because the page's Content-Security-Policy blocks scripts from elsewhere. Records the issues of
 * the developer tools: deprecated features, blocked resources or quirks mode are bad practices for Lighthouse.
 */
async function prepare(page: Page): Promise<void> {
  await page.addInitScript({ path: AXE });
  const found = new Set<string>();
  issues.set(page, found);
  const devtools = await page.context().newCDPSession(page);
  devtools.on("Audits.issueAdded", ({ issue }) => {
    // Hints for forms that the browser fills in.
    if (issue.code !== "GenericIssue") found.add(JSON.stringify(issue));
  });
  await devtools.send("Audits.enable");
}

/**
 * Returns axe-core's violations in the current page and the issues of the developer tools until now, one line each.
 *
 * @param within the selector of the only part to check @default the whole page
 */
async function violationsOf(page: Page, within = "html"): Promise<string[]> {
  const { violations, incomplete } = await page.evaluate(
    ([part, also]) => {
      const { axe } = window as unknown as { axe: { run(on: string, options: RunOptions): Promise<AxeResults> } };
      const rules = Object.fromEntries(also.map((id) => [id, { enabled: true }]));
      return axe.run(part, { resultTypes: ["violations", "incomplete"], rules });
    },
    [within, ALSO] as const,
  );
  // Of targets that only arrow keys reach, axe-core does not decide which size they need: they are clicked as well.
  const undecided = incomplete.filter(({ id }) => id === "target-size");
  return [
    ...[...violations, ...undecided].flatMap(({ id, help, nodes }) =>
      nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`),
    ),
    ...(issues.get(page) ?? []),
  ];
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
  ] as const)("has no violations in the main states: %s, %s", async (colorScheme, size) => {
    const account = `AXE-${colorScheme}-${size}`;
    // Without motion, because a fading flash passes through colors of any contrast.
    const options = { colorScheme, viewport: SIZES[size], reducedMotion: "reduce", prepare } as const;
    const page = await browser.open(`${server.url}?devtools&account=${account}`, options);
    const terminal = await new TerminalPage(page).ready();
    const violations = new Map<string, readonly string[]>();
    const check = async (state: string, within?: string) => {
      const found = await violationsOf(page, within);
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
    // Waits from before the fill, because a notification disappears after a while.
    const notified = page.locator(".notification").first().waitFor();
    await terminal.place({ side: "Buy", quantity: 5 });
    await notified;
    await expectRows(await terminal.rows("Positions"), /^AAPL Long 5 /);
    await check("positions and a notification");
    await terminal.account.getByRole("button", { name: "Protect" }).click();
    await terminal.dialog.getByRole("button", { name: "Cancel" }).waitFor();
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
    // On a phone it covers a part of the page.
    await check("devtools", ".trading-devtools");
    expect(Object.fromEntries(violations)).toEqual({});
  });
});

describe.skipIf(executablePath === undefined)("accessibility of the sign-in form", () => {
  const browser = useChromium();
  const server = useServer({ AUTH_MODE: "jwt", JWT_SECRET: "a secret of the test, of 32 characters or more" });

  test.each(["light", "dark"] as const)("has no violations, with and without an error: %s", async (colorScheme) => {
    const page = await browser.open(server.url, { colorScheme, prepare });
    const form = page.getByRole("region", { name: "Sign in" });
    await form.getByLabel("Token").fill("nonsense");
    await form.getByRole("button", { name: "Sign in" }).click();
    await form.getByRole("alert").waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });
});
