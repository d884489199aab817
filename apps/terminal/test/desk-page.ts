import type { Locator, Page } from "playwright";
import { expect } from "vitest";
import { eventually } from "./eventually.js";

/** What an order is written with; whatever is left out stays as the ticket has it. */
interface Written {
  readonly side?: "Buy" | "Sell";
  readonly type?: "Market" | "Limit" | "Stop" | "Stop limit";
  readonly quantity?: number;
  readonly limitPrice?: number;
  readonly takeProfit?: number;
  readonly stopLoss?: number;
}

export type Tab = "Positions" | "Orders" | "Executions" | "Equity";

/** The desk as a trader uses it. */
export class DeskPage {
  readonly page: Page;
  readonly ticket: Locator;
  readonly account: Locator;

  constructor(page: Page) {
    this.page = page;
    this.ticket = page.getByRole("region", { name: "Order ticket" });
    this.account = page.getByRole("region", { name: "Account" });
  }

  /** Waits until there is something to trade with. */
  async ready(): Promise<this> {
    await this.ticket.waitFor();
    await this.page.locator(".bar-legend").waitFor();
    await this.figure("Equity").waitFor();
    return this;
  }

  /** Writes an order and asks what it will cost. */
  async review({ side, type, quantity, limitPrice, takeProfit, stopLoss }: Written): Promise<void> {
    const { ticket } = this;
    if (side !== undefined) await ticket.locator(`label.${side.toLowerCase()}`).click();
    if (type !== undefined) await ticket.getByLabel("Type").selectOption(type);
    if (quantity !== undefined) await ticket.getByLabel("Quantity").fill(`${quantity}`);
    if (limitPrice !== undefined) await ticket.getByLabel("Limit price").fill(`${limitPrice}`);
    if (takeProfit !== undefined || stopLoss !== undefined) {
      await ticket.getByText("Take profit, stop loss").click();
      await ticket.getByLabel("Take profit").fill(`${takeProfit ?? ""}`);
      await ticket.getByLabel("Stop loss").fill(`${stopLoss ?? ""}`);
    }
    await ticket.getByRole("button", { name: /^Review/ }).click();
    await ticket.locator(".preview").waitFor();
  }

  /** Writes an order, and places it. */
  async place(written: Written): Promise<void> {
    await this.review(written);
    await this.ticket.getByRole("button", { name: /^Place/ }).click();
    await this.ticket
      .getByRole("status")
      .getByText(/placed$/)
      .waitFor();
  }

  /** The rows of a table of the account, newest first. */
  async rows(tab: Exclude<Tab, "Equity">): Promise<Locator> {
    await this.account.getByRole("tab", { name: tab }).click();
    return this.account.locator("tbody tr");
  }

  /** A figure of the account: `Equity`, `Margin used`. */
  figure(name: string): Locator {
    return this.account
      .locator("dl > div")
      .filter({ has: this.page.getByText(name, { exact: true }) })
      .locator("dd");
  }

  /** The same, as a number. */
  async valueOf(name: string): Promise<number> {
    return Number((await this.figure(name).textContent())?.replaceAll(",", ""));
  }

  /** The prices on the chart, in words. */
  marks(): Promise<string[]> {
    return this.page.getByRole("list", { name: "Prices on the chart" }).getByRole("listitem").allTextContents();
  }

  /** The dialog that is open. */
  get dialog(): Locator {
    return this.page.getByRole("dialog");
  }

  /** Fills in the open dialog and saves it. */
  async save(fields: Readonly<Record<string, number>>): Promise<void> {
    for (const [label, value] of Object.entries(fields)) await this.dialog.getByLabel(label).fill(`${value}`);
    await this.dialog.getByRole("button", { name: "Save" }).click();
  }

  /** What one buys the chart's symbol at now. */
  async bestBid(): Promise<number> {
    return Number(await this.page.locator(".facts > div").filter({ hasText: "Bid" }).locator("dd").textContent());
  }
}

/** A price with the cents that a symbol's step allows. */
export function toCents(price: number): number {
  return Math.round(price * 100) / 100;
}

/** Waits until a table's rows say this; each is a pattern of a whole row. */
export async function expectRows(rows: Locator, ...patterns: readonly RegExp[]): Promise<void> {
  await eventually(async () => {
    const cells = await rows.evaluateAll((trs) =>
      trs.map((tr) => [...(tr as HTMLTableRowElement).cells].map(({ textContent }) => textContent).join(" ")),
    );
    return cells;
  }).toEqual(patterns.map((pattern) => expect.stringMatching(pattern)));
}
