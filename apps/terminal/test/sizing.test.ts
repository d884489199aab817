import { describe, expect, test } from "vitest";
import { UNKNOWN_INSTRUMENT } from "../src/market/instrument.js";
import { TimeZone } from "../src/page/time-zone.js";
import { sentenceOf } from "../src/trading/confirmation.js";
import { NEW_DRAFT, orderOf } from "../src/trading/draft.js";
import { durationFor, durationsOf, suggestedExpiry } from "../src/trading/durations.js";
import { amountOf, quantityOfAmount, quantityOfShare } from "../src/trading/sizing.js";

describe("the size of an order", () => {
  test.each([
    [1_000, 160.78, 1, 6],
    [0.3, 0.1, 0.1, 3],
    [1_000, 72_750.72, 0.0001, 0.0137],
    [100, 200, 1, 0],
    [100, 0, 1, 0],
    [-5, 10, 1, 0],
    [Number.NaN, 10, 1, 0],
  ])("an amount of %d at %d in steps of %d buys %d, never more than the amount", (amount, price, step, qty) => {
    expect(quantityOfAmount(amount, price, step)).toBe(qty);
  });

  test("a share of the margin counts the leverage", () => {
    const buying = { available: 10_000, leverage: 2, price: 100, qtyStep: 1 };
    expect([0.1, 0.25, 0.5, 1].map((share) => quantityOfShare(share, buying))).toEqual([20, 50, 100, 200]);
    expect(quantityOfShare(1, { ...buying, available: -5 })).toBe(0);
  });

  test("the amount is in cents", () => {
    expect(amountOf(3, 0.335)).toBe(1.01);
  });
});

describe("the confirmation of an order", () => {
  test.each([
    [{}, "Buy 1 AAPL at the best available price."],
    [{ side: -1, qty: "1250" }, "Sell 1,250 AAPL at the best available price."],
    [{ type: 1, limitPrice: "160.7", duration: "DAY" }, "Buy 1 AAPL at 160.70 or better, today only."],
    [
      { type: 1, limitPrice: "160.7", duration: "GTD", expiresAt: Date.UTC(2026, 5, 12, 20) },
      "Buy 1 AAPL at 160.70 or better, until Jun 12, 2026, 16:00 (New York).",
    ],
    [{ type: 3, stopPrice: "170" }, "Buy 1 AAPL at the market once the price reaches 170.00."],
    [
      { type: 4, stopPrice: "170", limitPrice: "171", takeProfit: "180", stopLoss: "165" },
      "Buy 1 AAPL at 171.00 or better once the price reaches 170.00, with take profit at 180.00 and stop loss at 165.00.",
    ],
  ] as const)("names side, quantity, symbol and price: %j", (changes, sentence) => {
    expect(
      sentenceOf(orderOf("AAPL", { ...NEW_DRAFT, ...changes }), UNKNOWN_INSTRUMENT, new TimeZone("America/New_York")),
    ).toBe(sentence);
  });
});

test("a stop order cannot be filled immediately", () => {
  expect(durationsOf(3).map(({ id }) => id)).toEqual(["GTC", "DAY", "GTD"]);
  expect(durationFor(3, "FOK")).toBe("GTC");
  expect(orderOf("AAPL", { ...NEW_DRAFT, type: 1, duration: "FOK" })).toMatchObject({ duration: { type: "FOK" } });
  expect(orderOf("AAPL", { ...NEW_DRAFT, type: 3, duration: "FOK" })).not.toHaveProperty("duration");
});

test("an order until a date has its expiry, and no other order has it", () => {
  const expiresAt = suggestedExpiry(Date.UTC(2026, 5, 12, 20, 0, 30));
  expect(expiresAt).toBe(Date.UTC(2026, 5, 13, 20, 1));
  const draft = { ...NEW_DRAFT, type: 1, expiresAt } as const;
  expect(orderOf("AAPL", { ...draft, duration: "GTD" }).duration).toEqual({ type: "GTD", datetime: expiresAt });
  expect(orderOf("AAPL", { ...draft, duration: "DAY" }).duration).toEqual({ type: "DAY" });
  expect(orderOf("AAPL", { ...draft, duration: "GTC" })).not.toHaveProperty("duration");
});
