import { describe, expect, test } from "vitest";
import { countLines, waitForCandles } from "./chart.js";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { DeskPage, expectRows, toCents } from "./desk-page.js";
import { eventually } from "./eventually.js";

const viewport = { width: 1440, height: 900 };

describe.skipIf(executablePath === undefined)("trading in Chromium, on the reference server", () => {
  // One is in the book at every price: orders for it fill at once. Larger ones may fill in parts, at several prices.
  const browser = useChromium();
  const server = useServer();

  /** A desk of an account that nobody has used. */
  async function openDesk(account: string, refusals: readonly number[] = []): Promise<DeskPage> {
    const page = await browser.open(`${server.url}?account=${account}`, { viewport, refusals });
    const desk = await new DeskPage(page).ready();
    expect(await page.locator(".account-menu output").textContent()).toBe(account);
    return desk;
  }

  test("a market order is reviewed and placed by keyboard, and fills: position, execution, equity, notification", async () => {
    const desk = await openDesk("MARKET");
    const { page, ticket } = desk;
    const { keyboard } = page;
    const search = page.getByRole("combobox", { name: "Find a symbol" });
    await search.focus();
    await keyboard.type("micro");
    await page.getByRole("listbox", { name: "Symbols found" }).getByRole("option", { name: "MSFT" }).waitFor();
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
    await keyboard.press("Enter");
    await ticket.getByText("Buy order for 1 MSFT placed").waitFor();
    await page
      .locator(".notification")
      .getByText(/^Buy 1 MSFT \(market\)/)
      .waitFor();

    const positions = await desk.rows("Positions");
    await expectRows(positions, /^MSFT Long 1 [\d.]+ [\d.]+ [-+]?[\d.]+ /);
    const price = Number(await positions.first().locator("td").nth(2).textContent());
    expect(await desk.marks()).toEqual([`Long 1 at ${price.toFixed(2)}`]);
    await expectRows(await desk.rows("Orders"), /^MSFT Buy Market 1 \/ 1 [\d.]+ {2}Filled /);
    await expectRows(await desk.rows("Executions"), new RegExp(`^MSFT Buy 1 ${price.toFixed(2)} `));
    await eventually(() => desk.valueOf("Margin used")).toBe(price);
    expect(await desk.valueOf("Balance")).toBe(100_000);
    // Both are of the same update, read at once.
    await eventually(async () => {
      const texts = await desk.account.locator("dl dd").allTextContents();
      const [equity, balance, , , , profit] = texts.map((text) => Number(text.replaceAll(",", "")));
      return toCents((equity as number) - (balance as number) - (profit as number));
    }).toBe(0);
    await eventually(() => desk.valueOf("Open profit")).not.toBe(0);
  });

  test("a limit order waits, on the chart and in the table, is changed, and cancelled", async () => {
    const desk = await openDesk("LIMIT");
    const { page } = desk;
    await waitForCandles(page);
    await eventually(() => countLines(page)).toBe(1);
    const limit = toCents((await desk.bestBid()) * 0.9985);
    await desk.place({
      type: "Limit",
      quantity: 25,
      limitPrice: limit,
      takeProfit: toCents(limit * 1.1),
      stopLoss: toCents(limit * 0.9),
    });
    const orders = await desk.rows("Orders");
    const bracket = `TP ${(limit * 1.1).toFixed(2)} · SL ${(limit * 0.9).toFixed(2)}`;
    await expectRows(orders, new RegExp(`^AAPL Buy Limit 0 / 25 ${limit.toFixed(2)} ${bracket} Working `));
    expect(await desk.marks()).toEqual([`Buy 25 limit at ${limit.toFixed(2)}`]);
    await eventually(() => countLines(page)).toBe(2);

    const lower = toCents(limit - 0.05);
    await orders.getByRole("button", { name: "Modify" }).click();
    await desk.save({ Quantity: 30, "Limit price": lower });
    await expectRows(orders, new RegExp(`^AAPL Buy Limit 0 / 30 ${lower.toFixed(2)} TP .* Working `));
    await eventually(() => desk.marks()).toEqual([`Buy 30 limit at ${lower.toFixed(2)}`]);
    await eventually(() => desk.dialog.count()).toBe(0);

    await orders.getByRole("button", { name: "Cancel" }).click();
    await expectRows(orders, /^AAPL Buy Limit 0 \/ 30 .* Cancelled /);
    expect(await desk.marks()).toEqual([]);
    await eventually(() => countLines(page)).toBe(1);
  });

  test("a position is protected, reduced and closed, and what it brought is in the balance", async () => {
    const desk = await openDesk("POSITION");
    await desk.place({ side: "Sell", quantity: 3 });
    const positions = await desk.rows("Positions");
    await expectRows(positions, /^AAPL Short 3 /);
    const bid = await desk.bestBid();

    const [profit, loss] = [toCents(bid * 0.9), toCents(bid * 1.1)];
    await positions.getByRole("button", { name: "Protect" }).click();
    await desk.save({ "Take profit": profit, "Stop loss": loss });
    await eventually(() => desk.marks()).toEqual([
      expect.stringMatching(/^Short 3 at /),
      `Buy 3 limit at ${profit.toFixed(2)}`,
      `Buy 3 stop at ${loss.toFixed(2)}`,
    ]);

    await positions.getByRole("button", { name: "Reduce" }).click();
    await desk.save({ "Quantity to close": 1 });
    await expectRows(positions, /^AAPL Short 2 /);
    await positions.getByRole("button", { name: "Close" }).click();
    await desk.account.getByText("No positions: a filled order opens one.").waitFor();
    await eventually(() => desk.marks()).toEqual([]);

    const executions = await desk.rows("Executions");
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
    const brought = (await fills()).reduce((sum, { sold, price }) => sum + sold * price, 0);
    await eventually(() => desk.valueOf("Balance")).toBe(toCents(100_000 + brought));
    expect(await desk.valueOf("Margin used")).toBe(0);
    await desk.account.getByRole("tab", { name: "Equity" }).click();
    const finished = (await desk.figure("Equity").textContent()) as string;
    await eventually(() => desk.account.locator("figcaption strong").textContent()).toBe(finished);
  });

  test("what the broker refuses is told in its words", async () => {
    const desk = await openDesk("REFUSED", [409, 422]);
    const { ticket } = desk;
    await desk.review({ quantity: 100_000 });
    const why = ticket.getByRole("alert");
    expect(await why.textContent()).toMatch(/margin/i);
    expect(await ticket.getByRole("button", { name: "Place buy order" }).isDisabled()).toBe(true);
    await ticket.getByRole("button", { name: "Back" }).click();
    await eventually(() => why.count()).toBe(0);

    // Cancelled in one tab, changed in another.
    await desk.place({ type: "Limit", quantity: 1, limitPrice: toCents((await desk.bestBid()) * 0.9) });
    const orders = await desk.rows("Orders");
    await orders.getByRole("button", { name: "Modify" }).click();
    const other = await openDesk("REFUSED");
    await (await other.rows("Orders")).getByRole("button", { name: "Cancel" }).click();
    await expectRows(orders, /Cancelled/);
    await desk.save({ Quantity: 2 });
    expect(await desk.dialog.getByRole("alert").textContent()).toMatch(/cancelled|not working/i);
    await desk.dialog.getByRole("button", { name: "Keep as it is" }).click();
    await eventually(() => desk.dialog.count()).toBe(0);
  });

  test("a price of the book is an order's limit", async () => {
    const desk = await openDesk("BOOK");
    const { page, ticket } = desk;
    const bid = page.getByRole("button", { name: /^Sell at/ }).nth(2);
    const price = (await bid.textContent())?.match(/[\d.]+/)?.[0];
    await bid.click();
    expect(await ticket.getByRole("radio", { name: "Sell" }).isChecked()).toBe(true);
    expect(await ticket.getByLabel("Type").inputValue()).toBe("1");
    expect(Number(await ticket.getByLabel("Limit price").inputValue())).toBe(Number(price));
    await page.getByRole("tab", { name: "Trades" }).click();
    await page.locator(".tape tbody tr").first().waitFor();
  });

  test("two accounts in two pages see only their own", async () => {
    const [one, other] = await Promise.all([openDesk("ONE"), openDesk("OTHER")]);
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
