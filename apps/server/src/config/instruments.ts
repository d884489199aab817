import { z } from "zod";
import { list } from "./variable.js";

/** An instrument of EXTERNAL_SYMBOLS. */
export interface InstrumentSteps {
  readonly symbol: string;
  /** Order prices are multiples of it, and charts show its precision. */
  readonly priceStep: number;
  /** Order quantities are multiples of it. */
  readonly qtyStep: number;
}

/** The broker computes in units of 1e-8, so that an amount of money, a price times a quantity, has at most eight decimals. */
const MAX_DECIMALS = 8;
const MAX_SYMBOL_LENGTH = 64;
const STEP = new RegExp(`^\\d{1,6}(?:\\.\\d{1,${MAX_DECIMALS}})?$`);

/** A step of prices, such as 0.25. */
export const step = z.string().regex(STEP).transform(Number).pipe(z.number().positive());
export const STEP_EXPECTED = `a number above 0 with at most ${MAX_DECIMALS} decimals, such as 0.25`;

/** A list of symbols with their steps, such as `ACME, EURUSD=0.00001, BTCUSD=0.01/0.0001`. */
export const instruments = list.transform((items, context): readonly InstrumentSteps[] => {
  const parsed = items.map(parse);
  const symbols = new Set(parsed.map((each) => each?.symbol));
  if (!symbols.has(undefined) && symbols.size === items.length) return parsed as InstrumentSteps[];
  context.addIssue({ code: "custom" });
  return z.NEVER;
});

/** Returns undefined if a step is invalid. */
function parse(item: string): InstrumentSteps | undefined {
  const [, symbol = "", priceText = "0.01", qtyText = "1"] = /^([^=]+)(?:=([^/]+)(?:\/(.+))?)?$/.exec(item) ?? [];
  const [priceStep, qtyStep] = [priceText, qtyText].map((text) => step.safeParse(text).data);
  if (symbol === "" || symbol.length > MAX_SYMBOL_LENGTH || priceStep === undefined || qtyStep === undefined) {
    return undefined;
  }
  if (decimalsOf(priceText) + decimalsOf(qtyText) > MAX_DECIMALS) return undefined;
  return { symbol, priceStep, qtyStep };
}

/** Returns the number of decimals, without zeros at the end. */
function decimalsOf(text: string): number {
  return text.split(".")[1]?.replace(/0+$/, "").length ?? 0;
}
