import type { Locator, Page } from "playwright";
import { expect } from "vitest";
import { eventually } from "./eventually.js";

/** Input of the order ticket. Omitted fields keep their values. */
interface TicketInput {
  readonly side?: "Buy" | "Sell";
  readonly type?: "Market" | "Limit" | "Stop" | "Stop limit";
  readonly quantity?: number;
  readonly limitPrice?: number;
  readonly takeProfit?: number;
  readonly stopLoss?: number;
  readonly inForce?: "Today" | "Until a date";
}

export type Tab = "Positions" | "Orders" | "Executions" | "Equity";

/** Page object of the terminal. */
export class TerminalPage {
  readonly page: Page;
  readonly ticket: Locator;
  readonly account: Locator;

  constructor(page: Page) {
    this.page = page;
    this.ticket = page.getByRole("region", { name: "Order ticket" });
    this.account = page.getByRole("region", { name: "Account" });
  }

  /** Waits until the ticket, the chart and the account are loaded. */
  async ready(): Promise<this> {
    await this.ticket.waitFor();
    await this.page.locator(".bar-legend").waitFor();
    await this.figure("Equity").filter({ hasText: /\d/ }).waitFor();
    return this;
  }

  /** Fills in the order ticket and opens the preview. */
  async review({ side, type, quantity, limitPrice, takeProfit, stopLoss, inForce }: TicketInput): Promise<void> {
    const { ticket } = this;
    if (side !== undefined) await ticket.locator(`label.${side.toLowerCase()}`).click();
    if (type !== undefined) await ticket.getByLabel("Type").selectOption(type);
    if (quantity !== undefined) await ticket.getByLabel("Quantity").fill(`${quantity}`);
    if (limitPrice !== undefined) await ticket.getByLabel("Limit price").fill(`${limitPrice}`);
    if (inForce !== undefined) await ticket.getByLabel("In force").selectOption(inForce);
    if (takeProfit !== undefined || stopLoss !== undefined) {
      await ticket.getByText("Take profit / stop loss").click();
      await ticket.getByLabel("Take profit").fill(`${takeProfit ?? ""}`);
      await ticket.getByLabel("Stop loss").fill(`${stopLoss ?? ""}`);
    }
    await ticket.getByRole("button", { name: /^Review/ }).click();
    await ticket.locator(".preview").waitFor();
  }

  /** Fills in the order ticket and places the order. */
  async place(input: TicketInput): Promise<void> {
    await this.review(input);
    await this.ticket.getByRole("button", { name: /^Place/ }).click();
    await this.ticket
      .getByRole("status")
      .getByText(/placed$/)
      .waitFor();
  }

  /** Opens a tab of the account and returns its rows, newest first. */
  async rows(tab: Exclude<Tab, "Equity">): Promise<Locator> {
    await this.account.getByRole("tab", { name: tab }).click();
    return this.account.locator("tbody tr");
  }

  /** Returns a figure of the account, such as `Equity` or `Margin used`. */
  figure(name: string): Locator {
    return this.account
      .locator("dl > div")
      .filter({ has: this.page.getByText(name, { exact: true }) })
      .locator("dd");
  }

  /** Returns a figure of the account as a number. */
  async valueOf(name: string): Promise<number> {
    return Number((await this.figure(name).textContent())?.replaceAll(",", ""));
  }

  /** Returns the price lines on the chart, as text. */
  priceLines(): Promise<string[]> {
    return this.page.getByRole("list", { name: "Prices on the chart" }).getByRole("listitem").allTextContents();
  }

  /** The open dialog. */
  get dialog(): Locator {
    return this.page.getByRole("dialog");
  }

  /** Fills in the open dialog and saves. */
  async save(fields: Readonly<Record<string, number>>): Promise<void> {
    for (const [label, value] of Object.entries(fields)) await this.dialog.getByLabel(label).fill(`${value}`);
    await this.dialog.getByRole("button", { name: "Save" }).click();
  }

  /** Returns the current bid of the selected symbol. */
  async bestBid(): Promise<number> {
    const fact = this.page.locator(".facts > div").filter({ hasText: "Bid" }).locator("dd");
    // Before the first quote it is a dash.
    return Number(await fact.filter({ hasText: /\d/ }).textContent());
  }
}

/** Rounds a price to cents. */
export function toCents(price: number): number {
  return Math.round(price * 100) / 100;
}

/** Waits until the rows of a table match the patterns, one for each row. */
export async function expectRows(rows: Locator, ...patterns: readonly RegExp[]): Promise<void> {
  await eventually(async () => {
    const cells = await rows.evaluateAll((trs) =>
      trs.map((tr) => [...(tr as HTMLTableRowElement).cells].map(({ textContent }) => textContent).join(" ")),
    );
    return cells;
  }).toEqual(patterns.map((pattern) => expect.stringMatching(pattern)));
}
