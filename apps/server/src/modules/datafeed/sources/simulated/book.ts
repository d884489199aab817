import type { Book, Level } from "../../market-source.js";
import type { SimulatedInstrument } from "./instruments.js";
import { hash } from "./random.js";

/** Levels a side. */
const DEPTH = 100;

/** A level's quantity stands for so many seconds, each at its own time, so that a book changes bit by bit. */
const LEVEL_LIFETIME_SECONDS = 10;

/**
 * The book of a second, from the seed, the symbol, the second and its price alone: a spread around the price, then a
 * level each half spread.
 *
 * @param cents the price
 */
export function bookAt(seed: string, instrument: SimulatedInstrument, second: number, cents: number): Book {
  const half = Math.round(instrument.spread * 50);
  const level = (side: "bid" | "ask", index: number): Level => {
    const at = cents + (side === "ask" ? 1 : -1) * half * (index + 1);
    const period = Math.floor((second + (at % LEVEL_LIFETIME_SECONDS)) / LEVEL_LIFETIME_SECONDS);
    const share = hash(`${seed}/${instrument.symbol}/${side}/${at}/${period}`) / 2 ** 32;
    // Most levels are small and some are large; on average one is good for two seconds' trades.
    const qty = Math.ceil(share * share * 6 * instrument.volume);
    return { price: at / 100, qty: Math.max(1, qty) };
  };
  const side = (name: "bid" | "ask") => Array.from({ length: DEPTH }, (_, index) => level(name, index));
  return { time: second * 1_000, bids: side("bid").filter(({ price }) => price > 0), asks: side("ask") };
}
