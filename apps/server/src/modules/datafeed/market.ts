import type { Market } from "../../market/market.js";
import type { Datafeed } from "./service.js";

/** Delay before a watch that ended is started again. */
const AGAIN_AFTER_MS = 1_000;

/** The part of the streaming server's clock that is used here. */
export interface Timers {
  /** Runs a function after a delay. @returns cancels it */
  after(delayMs: number, run: () => void): () => void;
}

/** Creates the broker's market from a datafeed. If a symbol's source fails, it is watched again until it works. */
export function createMarket(datafeed: Datafeed, clock: Timers): Market {
  return {
    instruments: datafeed.instruments,
    async watch(symbol, onTopOfBook) {
      let isStopped = false;
      let stop = () => {};
      const start = async () => {
        if (isStopped) return;
        const stopWatch = await datafeed.watchTopOfBook(symbol, { onValue: onTopOfBook, onEnd: startLater });
        stop = stopWatch;
        if (isStopped) stopWatch();
      };
      const startLater = () => {
        if (isStopped) return;
        stop = clock.after(AGAIN_AFTER_MS, () => void start().catch(startLater));
      };

      await start();
      return () => {
        isStopped = true;
        stop();
      };
    },
  };
}
