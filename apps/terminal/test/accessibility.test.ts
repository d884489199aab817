import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright";
import { describe, expect, test } from "vitest";
import { waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { DeskPage, expectRows, toCents } from "./desk-page.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Before the page is loaded, since its Content-Security-Policy lets in no script that is not the server's. */
const prepare = (page: Page) => page.addInitScript({ path: AXE });

/** What axe-core calls serious or critical in the page as it stands, one line each. */
async function offences(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(() => {
    const { axe } = window as unknown as { axe: { run(on: Document, options: RunOptions): Promise<AxeResults> } };
    return axe.run(document, { resultTypes: ["violations"] });
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target.join(" ")}`));
}

const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

describe.skipIf(executablePath === undefined)("axe-core finds nothing serious", () => {
  const browser = useChromium();
  const server = useServer();

  test.each([
    ["light", "desk"],
    ["dark", "desk"],
    ["light", "phone"],
    ["dark", "phone"],
  ] as const)("on the page in its main states: %s, %s", async (colorScheme, size) => {
    const account = `AXE-${colorScheme}-${size}`;
    // Flashes fade through every colour between: what stands is judged.
    const options = { colorScheme, viewport: SIZES[size], reducedMotion: "reduce", prepare } as const;
    const page = await browser.open(`${server.url}?account=${account}`, options);
    const desk = await new DeskPage(page).ready();
    const found = new Map<string, readonly string[]>();
    const look = async (state: string) => {
      const offended = await offences(page);
      if (offended.length > 0) found.set(state, offended);
    };

    await waitForCandles(page);
    await look("desk");
    await page.getByRole("combobox", { name: "Find a symbol" }).fill("a");
    await page.getByRole("listbox", { name: "Symbols found" }).getByRole("option", { name: "AAPL" }).waitFor();
    await look("search");
    await page.getByRole("combobox", { name: "Find a symbol" }).fill("");
    await desk.review({ side: "Sell", quantity: 5 });
    await look("preview of a sale");
    await desk.ticket.getByRole("button", { name: "Back" }).click();
    await desk.place({ side: "Buy", quantity: 5 });
    await page.locator(".notification").first().waitFor();
    await expectRows(await desk.rows("Positions"), /^AAPL Long 5 /);
    await look("positions and a notification");
    await desk.account.getByRole("button", { name: "Protect" }).click();
    await look("dialog");
    await desk.dialog.getByRole("button", { name: "Keep as it is" }).click();
    await desk.place({ type: "Limit", limitPrice: toCents((await desk.bestBid()) * 0.9) });
    await expectRows(await desk.rows("Orders"), /Working/, /Filled/);
    await look("orders, working and finished");
    await (await desk.rows("Executions")).first().waitFor();
    await look("executions");
    await desk.account.getByRole("tab", { name: "Equity" }).click();
    await look("equity");
    await page.getByRole("tab", { name: "Trades" }).click();
    await page.locator(".tape tbody tr").first().waitFor();
    await look("tape");
    await page.getByRole("button", { name: "Streams" }).click();
    await page.getByRole("region", { name: "Streams" }).waitFor();
    await look("devtools");
    expect(Object.fromEntries(found)).toEqual({});
  });
});

describe.skipIf(executablePath === undefined)("axe-core finds nothing serious where one has to sign in", () => {
  const browser = useChromium();
  const server = useServer({ AUTH_MODE: "jwt", JWT_SECRET: "a secret of the test, of 32 characters or more" });

  test.each(["light", "dark"] as const)("in the form and in what is wrong with a token: %s", async (colorScheme) => {
    const page = await browser.open(server.url, { colorScheme, prepare });
    const form = page.getByRole("region", { name: "Sign in" });
    await form.getByLabel("Token").fill("nonsense");
    await form.getByRole("button", { name: "Sign in" }).click();
    await form.getByRole("alert").waitFor();
    expect(await offences(page)).toEqual([]);
  });
});
