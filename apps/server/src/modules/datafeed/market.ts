import type { Market } from "../../market/market.js";
import type { Datafeed } from "./service.js";

/** How long after a watch has ended by itself it is begun anew. */
const AGAIN_AFTER_MS = 1_000;

/** Part of the streaming server's clock. */
interface Timers {
  /** @returns cancels it */
  after(delayMs: number, run: () => void): () => void;
}

/** The market that a broker trades at, made of a datafeed. A symbol whose source fails is asked for again until it is back. */
export function createMarket(datafeed: Datafeed, clock: Timers): Market {
  return {
    instruments: datafeed.instruments,
    async watch(symbol, onTopOfBook) {
      let isStopped = false;
      let stop = () => {};
      const begin = async () => {
        if (isStopped) return;
        const end = await datafeed.watchTopOfBook(symbol, { onValue: onTopOfBook, onEnd: beginLater });
        stop = end;
        if (isStopped) end();
      };
      const beginLater = () => {
        if (isStopped) return;
        stop = clock.after(AGAIN_AFTER_MS, () => void begin().catch(beginLater));
      };
      await begin();
      return () => {
        isStopped = true;
        stop();
      };
    },
  };
}
