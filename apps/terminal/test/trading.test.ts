import { describe, expect, test } from "vitest";
import { countLines, waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { eventually } from "./eventually.js";
import { expectRows, TerminalPage, toCents } from "./terminal-page.js";

const viewport = { width: 1440, height: 900 };

describe.skipIf(executablePath === undefined)("trading, on the reference server", () => {
  // Every price level has a size of at least 1, so an order for 1 fills immediately; larger ones can fill at several prices.
  const browser = useChromium();
  const server = useServer();

  /** Opens the terminal with a new account. */
  async function openTerminal(account: string, expectedStatuses: readonly number[] = []): Promise<TerminalPage> {
    const page = await browser.open(`${server.url}?account=${account}`, { viewport, expectedStatuses });
    const terminal = await new TerminalPage(page).ready();
    expect(await page.locator(".account-menu output").textContent()).toBe(account);
    return terminal;
  }

  test("places a market order by keyboard and shows its fill", async () => {
    const terminal = await openTerminal("MARKET");
    const { page, ticket } = terminal;
    const { keyboard } = page;
    const search = page.getByRole("combobox", { name: "Search symbols" });
    await search.focus();
    await keyboard.type("micro");
    await page.getByRole("listbox", { name: "Search results" }).getByRole("option", { name: "MSFT" }).waitFor();
    await keyboard.press("Enter");
    await eventually(() => page.locator(".quote h2").textContent()).toBe("MSFT");
    await page.getByRole("radio", { name: "1 minute" }).focus();
    await keyboard.press("ArrowRight");
    await eventually(() => page.getByRole("radio", { name: "5 minutes", exact: true }).isChecked()).toBe(true);
    await waitForCandles(page);

    await ticket.getByRole("radio", { name: "Buy" }).focus();
    await keyboard.press("Tab");
    await keyboard.press("Tab");
    await keyboard.type("1");
    await keyboard.press("Enter");
    await eventually(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Place buy order");
    // Waits from before the fill, because a notification disappears after a while.
    const notified = page
      .locator(".notification")
      .getByText(/^Buy 1 MSFT \(market\)/)
      .waitFor();
    await keyboard.press("Enter");
    await ticket.getByText("Buy order for 1 MSFT placed").waitFor();
    await notified;

    const positions = await terminal.rows("Positions");
    await expectRows(positions, /^MSFT Long 1 [\d.]+ [\d.]+ [-+]?[\d.]+ /);
    const price = Number(await positions.first().locator("td").nth(2).textContent());
    await eventually(() => terminal.priceLines()).toEqual([`Long 1 at ${price.toFixed(2)}`]);
    await expectRows(await terminal.rows("Orders"), /^MSFT Buy Market 1 \/ 1 [\d.]+ {2}Filled /);
    await expectRows(await terminal.rows("Executions"), new RegExp(`^MSFT Buy 1 ${price.toFixed(2)} `));
    await eventually(() => terminal.valueOf("Margin used")).toBe(price);
    await eventually(() => terminal.valueOf("Balance")).toBe(100_000);
    // All figures are read in one call, so that they are from the same update.
    await eventually(async () => {
      const texts = await terminal.account.locator("dl dd").allTextContents();
      const [equity, balance, , , , profit] = texts.map((text) => Number(text.replaceAll(",", "")));
      return toCents((equity as number) - (balance as number) - (profit as number));
    }).toBe(0);
    await eventually(() => terminal.valueOf("Unrealized P&L")).not.toBe(0);
  });

  test("shows, modifies and cancels a limit order", async () => {
    const terminal = await openTerminal("LIMIT");
    const { page } = terminal;
    await waitForCandles(page);
    await eventually(() => countLines(page)).toBe(1);
    const limit = toCents((await terminal.bestBid()) * 0.9985);
    const [takeProfit, stopLoss] = [toCents(limit * 1.1), toCents(limit * 0.9)];
    await terminal.place({
      type: "Limit",
      quantity: 25,
      limitPrice: limit,
      takeProfit,
      stopLoss,
      inForce: "Until a date",
    });
    const working = String.raw`Working until \w+ \d+, \d{4}, \d\d:\d\d `;
    const orders = await terminal.rows("Orders");
    const bracket = `TP ${takeProfit.toFixed(2)} · SL ${stopLoss.toFixed(2)}`;
    await expectRows(orders, new RegExp(`^AAPL Buy Limit 0 / 25 ${limit.toFixed(2)} ${bracket} ${working}`));
    await eventually(() => terminal.priceLines()).toEqual([`Buy 25 limit at ${limit.toFixed(2)}`]);
    await eventually(() => countLines(page)).toBe(2);

    const lower = toCents(limit - 0.05);
    await orders.getByRole("button", { name: "Modify" }).click();
    await terminal.save({ Quantity: 30, "Limit price": lower });
    await expectRows(orders, new RegExp(`^AAPL Buy Limit 0 / 30 ${lower.toFixed(2)} TP .* ${working}`));
    await eventually(() => terminal.priceLines()).toEqual([`Buy 30 limit at ${lower.toFixed(2)}`]);
    await eventually(() => terminal.dialog.count()).toBe(0);

    await orders.getByRole("button", { name: "Cancel" }).click();
    await expectRows(orders, /^AAPL Buy Limit 0 \/ 30 .* Cancelled /);
    await eventually(() => terminal.priceLines()).toEqual([]);
    await eventually(() => countLines(page)).toBe(1);
  });

  test("moves the line of an order by pointer and by keyboard, and restores it when that is cancelled or refused", async () => {
    const terminal = await openTerminal("MOVE", [409, 422]);
    const { page, dialog } = terminal;
    await waitForCandles(page);
    // As far from the market as no price gets, and for nearly all of the account's money.
    const limit = toCents((await terminal.bestBid()) * 0.985);
    const quantity = Math.floor(100_000 / limit);
    await terminal.place({ type: "Limit", quantity, limitPrice: limit });
    const handle = page.getByRole("slider", { name: `Buy ${quantity} limit` });
    const shown = () => handle.getAttribute("aria-valuetext");
    const line = (price: number) => [`Buy ${quantity} limit at ${price.toFixed(2)}`];
    await eventually(shown).toBe(limit.toFixed(2));

    await handle.focus();
    await handle.press("ArrowDown");
    await handle.press("ArrowDown");
    await eventually(shown).toBe((limit - 0.02).toFixed(2));
    await handle.press("Escape");
    await eventually(shown).toBe(limit.toFixed(2));

    const drag = async () => {
      // The market moves the price scale, and can move the handle away from the pointer before it is pressed.
      await eventually(async () => {
        await page.mouse.up();
        await handle.hover();
        await page.mouse.down();
        return handle.evaluate((element) => element.matches(":active"));
      }).toBe(true);
      const box = (await handle.boundingBox()) as NonNullable<Awaited<ReturnType<typeof handle.boundingBox>>>;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2 - 30, { steps: 3 });
      await eventually(shown).not.toBe(limit.toFixed(2));
    };
    await drag();
    await page.keyboard.press("Escape");
    await eventually(shown).toBe(limit.toFixed(2));
    await page.mouse.up();
    expect(await dialog.count()).toBe(0);
    await drag();
    await page.mouse.up();
    const changed = dialog.getByText(new RegExp(String.raw`^Buy ${quantity} AAPL at [\d.]+ or better\.`));
    const dragged = Number((await changed.textContent())?.match(/at ([\d.]+) or/)?.[1]);
    expect(dragged).toBeGreaterThan(limit);
    await eventually(shown).toBe(dragged.toFixed(2));
    await page.keyboard.press("Escape");
    await eventually(() => dialog.count()).toBe(0);
    await eventually(shown).toBe(limit.toFixed(2));
    await eventually(() => terminal.priceLines()).toEqual(line(limit));

    await handle.focus();
    await handle.press("ArrowDown");
    await handle.press("Enter");
    await dialog.getByRole("button", { name: "Save" }).click();
    const lower = toCents(limit - 0.01);
    await expectRows(
      await terminal.rows("Orders"),
      new RegExp(`^AAPL Buy Limit 0 / ${quantity} ${lower.toFixed(2)} .* Working `),
    );
    await eventually(() => dialog.count()).toBe(0);
    await eventually(shown).toBe(lower.toFixed(2));

    // Costs more than what is left, which is less than the price of one. A key adds 0.10.
    await handle.focus();
    for (let added = 0; added * quantity <= limit; added += 0.1) await handle.press("PageUp");
    await handle.press("PageUp");
    await handle.press("Enter");
    await dialog.getByRole("button", { name: "Save" }).click();
    await eventually(() => dialog.getByRole("alert").textContent()).toMatch(/margin/i);
    await eventually(() => terminal.priceLines()).toEqual(line(lower));
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await eventually(shown).toBe(lower.toFixed(2));
  });

  test("protects, reduces and closes a position, and books its profit", async () => {
    const terminal = await openTerminal("POSITION");
    await terminal.place({ side: "Sell", quantity: 3 });
    const positions = await terminal.rows("Positions");
    await expectRows(positions, /^AAPL Short 3 /);
    const bid = await terminal.bestBid();

    const [profit, loss] = [toCents(bid * 0.9), toCents(bid * 1.1)];
    await positions.getByRole("button", { name: "Protect" }).click();
    await terminal.save({ "Take profit": profit, "Stop loss": loss });
    await eventually(() => terminal.priceLines()).toEqual([
      expect.stringMatching(/^Short 3 at /),
      `Buy 3 limit at ${profit.toFixed(2)}`,
      `Buy 3 stop at ${loss.toFixed(2)}`,
    ]);

    await positions.getByRole("button", { name: "Reduce" }).click();
    await terminal.save({ "Quantity to close": 1 });
    await expectRows(positions, /^AAPL Short 2 /);
    await positions.getByRole("button", { name: "Close" }).click();
    await terminal.account.getByText("No open positions").waitFor();
    await eventually(() => terminal.priceLines()).toEqual([]);

    const executions = await terminal.rows("Executions");
    const fills = () =>
      executions.evaluateAll((rows) =>
        rows.map((row) => {
          const [, side, qty, price] = [...(row as HTMLTableRowElement).cells].map(({ textContent }) => textContent);
          return { sold: Number(qty) * (side === "Sell" ? 1 : -1), price: Number(price) };
        }),
      );
    await eventually(async () =>
      (await fills()).filter(({ sold }) => sold < 0).reduce((sum, { sold }) => sum + sold, 0),
    ).toBe(-3);
    const realized = (await fills()).reduce((sum, { sold, price }) => sum + sold * price, 0);
    await eventually(() => terminal.valueOf("Balance")).toBe(toCents(100_000 + realized));
    await eventually(() => terminal.valueOf("Margin used")).toBe(0);
    await terminal.account.getByRole("tab", { name: "Equity" }).click();
    await eventually(async () => {
      const last = await terminal.account.locator("figcaption strong").textContent();
      return last === (await terminal.figure("Equity").textContent());
    }).toBe(true);
  });

  test("shows the broker's messages for refused orders", async () => {
    const terminal = await openTerminal("REFUSED", [409, 422]);
    const { ticket } = terminal;
    await terminal.review({ quantity: 100_000 });
    const error = ticket.getByRole("alert");
    await eventually(() => error.textContent()).toMatch(/margin/i);
    await eventually(() => ticket.getByRole("button", { name: "Place buy order" }).isDisabled()).toBe(true);
    await ticket.getByRole("button", { name: "Back" }).click();
    await eventually(() => error.count()).toBe(0);

    // Cancelled in one tab, modified in another.
    await terminal.place({ type: "Limit", quantity: 1, limitPrice: toCents((await terminal.bestBid()) * 0.9) });
    const orders = await terminal.rows("Orders");
    await orders.getByRole("button", { name: "Modify" }).click();
    const other = await openTerminal("REFUSED");
    await (await other.rows("Orders")).getByRole("button", { name: "Cancel" }).click();
    await expectRows(orders, /Cancelled/);
    await terminal.save({ Quantity: 2 });
    await eventually(() => terminal.dialog.getByRole("alert").textContent()).toMatch(/cancelled|not working/i);
    await terminal.dialog.getByRole("button", { name: "Cancel" }).click();
    await eventually(() => terminal.dialog.count()).toBe(0);
  });

  test("uses a price of the order book as the limit price", async () => {
    const terminal = await openTerminal("BOOK");
    const { page, ticket } = terminal;
    const bid = page.getByRole("button", { name: /^Set limit price .* to sell/ }).nth(2);
    await eventually(async () => {
      // In one call, because the price in the row changes. The row itself can leave the book before the click.
      const price = await bid.evaluate((button: HTMLButtonElement) => {
        button.click();
        return button.textContent;
      });
      const type = ticket.getByLabel("Type");
      if ((await type.inputValue()) !== "1") return false;
      return Number(await ticket.getByLabel("Limit price").inputValue()) === Number(price);
    }).toBe(true);
    await eventually(() => ticket.getByRole("radio", { name: "Sell" }).isChecked()).toBe(true);
    await page.getByRole("tab", { name: "Trades" }).click();
    // With trades from before the page was loaded.
    await eventually(() => page.locator(".tape tbody tr").count()).toBe(40);
  });

  test("keeps the accounts of two pages separate", async () => {
    const [one, other] = await Promise.all([openTerminal("ONE"), openTerminal("OTHER")]);
    await one.place({ quantity: 1 });
    await other.place({ side: "Sell", quantity: 1 });
    await expectRows(await one.rows("Positions"), /^AAPL Long 1 /);
    await expectRows(await other.rows("Positions"), /^AAPL Short 1 /);
    await expectRows(await one.rows("Orders"), /^AAPL Buy Market 1 \/ 1 /);
    await expectRows(await other.rows("Orders"), /^AAPL Sell Market 1 \/ 1 /);
    await expectRows(await one.rows("Executions"), /^AAPL Buy 1 /);
    await expectRows(await other.rows("Executions"), /^AAPL Sell 1 /);
  });
});
