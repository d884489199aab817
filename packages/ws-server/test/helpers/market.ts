import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bars, executions, orders, type ParamsOf, trades, type UpdateOf } from "@trading/topic";
import { onTestFinished } from "vitest";
import { createServer, defineModule, type ServerOptions, serve } from "../../src/index.js";
import { ManualClock, RecordingLogger, ScriptedSource } from "../../src/testing/index.js";
import { turn } from "./event-loop.js";
import { isOwner, principalOf } from "./principals.js";

/** The initial time of {@link startMarket}'s clock, far from 0, so that a date cannot be mistaken for a duration. */
export const START = 1_700_000_000_000;

/** A clock whose date can jump. */
export class JumpingClock extends ManualClock {
  #jumpedMs = 0;

  jump(ms: number): void {
    this.#jumpedMs += ms;
  }

  override now(): number {
    return super.now() + this.#jumpedMs;
  }
}

/** Creates a server with public and private routes, a manual clock, {@link principalOf} and {@link isOwner}. */
export function createMarket(clock: JumpingClock, options: Partial<ServerOptions>) {
  const logger = new RecordingLogger();
  const sources = {
    bars: new ScriptedSource<ParamsOf<typeof bars>, UpdateOf<typeof bars>>(),
    trades: new ScriptedSource<ParamsOf<typeof trades>, UpdateOf<typeof trades>>(),
    orders: new ScriptedSource<ParamsOf<typeof orders>, UpdateOf<typeof orders>>(),
    executions: new ScriptedSource<ParamsOf<typeof executions>, UpdateOf<typeof executions>>(),
  };
  const datafeed = [serve(bars, sources.bars), serve(trades, sources.trades)];
  const broker = [serve(orders, sources.orders), serve(executions, sources.executions)];
  const server = createServer({
    title: "Market",
    version: "1.2.3",
    modules: [
      defineModule({ name: "datafeed", version: "1", routes: datafeed }),
      defineModule({ name: "broker", version: "1", routes: broker }),
    ],
    clock,
    logger,
    authenticate: principalOf,
    // Tests send many requests before their login while their clock stands still.
    anonymousLimits: {
      maxRequestsPerSecond: options.maxRequestsPerSecond ?? 100,
      maxRequestBurst: options.maxRequestBurst ?? 1_200,
    },
    authorize: isOwner,
    ...options,
  });
  return { server, clock, logger, sources };
}

/**
 * Starts a market on a separate HTTP server, so that the port stays open while the market drains. Closes both when the
 * test ends.
 */
export async function startMarket(options: Partial<ServerOptions> = {}) {
  const market = createMarket(new JumpingClock(START), options);
  const { server, clock } = market;
  const http = createHttpServer();
  server.attach(http);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(async () => {
    await advanceUntil(clock, server.close());
    http.closeAllConnections();
    http.close();
  });
  const base = `ws://127.0.0.1:${(http.address() as AddressInfo).port}${server.path}`;
  return { ...market, base, session: `${base}?protocol=2` };
}

/** Advances a clock by a second per turn of the event loop, until a promise has settled. */
export async function advanceUntil(clock: ManualClock, promise: Promise<void>): Promise<void> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  while (!isSettled) {
    clock.advance(1_000);
    await turn();
  }
  await settled;
}
