import type { Book, Level } from "../../market-source.js";
import type { SimulatedInstrument } from "./instruments.js";
import { hash } from "./random.js";

/** Number of levels per side. */
const DEPTH = 100;

/** Seconds for which a level keeps its quantity. Levels change at different times, so the book changes gradually. */
const LEVEL_LIFETIME_SECONDS = 10;

/**
 * Builds the order book of a second, determined by the seed, the symbol, the second and its price: a spread around the
 * price, then a level every half spread.
 *
 * @param cents the price
 */
export function bookAt(seed: string, instrument: SimulatedInstrument, second: number, cents: number): Book {
  const half = Math.round(instrument.spread * 50);
  const level = (side: "bid" | "ask", index: number): Level => {
    const at = cents + (side === "ask" ? 1 : -1) * half * (index + 1);
    const period = Math.floor((second + (at % LEVEL_LIFETIME_SECONDS)) / LEVEL_LIFETIME_SECONDS);
    const share = hash(`${seed}/${instrument.symbol}/${side}/${at}/${period}`) / 2 ** 32;
    // Most levels are small and some large; on average one covers the volume of two seconds.
    const qty = Math.ceil(share * share * 6 * instrument.volume);
    return { price: at / 100, qty: Math.max(1, qty) };
  };
  const side = (name: "bid" | "ask") => Array.from({ length: DEPTH }, (_, index) => level(name, index));
  return { time: second * 1_000, bids: side("bid").filter(({ price }) => price > 0), asks: side("ask") };
}
