import type { LibrarySymbolInfo } from "@trading/ws-client/rest";
import { describe, expect, test } from "vitest";
import { instrumentOf, UNKNOWN_INSTRUMENT } from "../src/market/instrument.js";
import { Instruments } from "../src/market/instruments.js";

const info = (minmov: number, pricescale: number): LibrarySymbolInfo => ({
  name: "X",
  description: "",
  type: "forex",
  session: "24x7",
  timezone: "America/New_York",
  exchange: "",
  listed_exchange: "",
  format: "price",
  minmov,
  pricescale,
});

describe("an instrument's prices", () => {
  test.each([
    ["five decimals", 1, 100_000, 1.08421, "1.08421", "+0.00012"],
    ["five decimals, ending with zeros", 1, 100_000, 1.1, "1.10000", "+0.00012"],
    ["two decimals", 1, 100, 1_234.5, "1,234.50", "+0.0001"],
    ["quarters", 25, 100, 4_500.25, "4,500.25", "+0.0001"],
    ["32nds", 1, 32, 110.03125, "110.03125", "+0.00012"],
    ["whole numbers", 5, 1, 38_125, "38,125", "0"],
    ["eight decimals", 1, 100_000_000, 0.00000012, "0.00000012", "+0.00012000"],
  ])("have the precision of the exchange: %s", (_, minmov, pricescale, price, text, change) => {
    const instrument = instrumentOf(info(minmov, pricescale));
    expect(instrument.formatPrice(price)).toBe(text);
    expect(instrument.formatChange(0.00012)).toBe(change);
    expect(instrument.priceStep).toBe(minmov / pricescale);
    expect(Number(instrument.inputText(price))).toBe(price);
  });

  test("have no binary rounding errors", () => {
    const { formatPrice, inputText, formatChange } = instrumentOf(info(1, 100_000));
    expect(formatPrice(1.08422 - 1.08421)).toBe("0.00001");
    expect(inputText(0.1 + 0.2)).toBe("0.3");
    expect(formatChange(1.08421 - 1.08422)).toBe("-0.00001");
  });

  test("show an average between two steps", () => {
    expect(instrumentOf(info(1, 100)).formatPrice(190.123456)).toBe("190.1235");
  });

  test("show every digit until the precision is known, and if it is invalid", () => {
    expect(UNKNOWN_INSTRUMENT.formatPrice(1.08421)).toBe("1.08421");
    expect(UNKNOWN_INSTRUMENT.formatPrice(190)).toBe("190.00");
    expect(instrumentOf(info(1, 0))).toBe(UNKNOWN_INSTRUMENT);
  });
});

test("instruments are loaded once, again after a failure, and when the server may have changed", async () => {
  const requested: string[] = [];
  let fails = true;
  const instruments = new Instruments({
    async resolve(symbol) {
      requested.push(symbol);
      if (fails) throw new Error("unreachable");
      return info(1, 100_000);
    },
  });
  let changes = 0;
  instruments.subscribe(() => changes++);
  instruments.load("X");
  instruments.load("X");
  await Promise.resolve();
  await Promise.resolve();
  fails = false;
  instruments.load("X");
  await Promise.resolve();
  await Promise.resolve();
  expect(instruments.get("X").digits).toBe(5);
  expect([requested, changes, instruments.version]).toEqual([["X", "X"], 1, 1]);
  instruments.reload();
  expect(instruments.get("X").digits).toBe(5);
  expect(requested).toHaveLength(3);
});
