import { bars, type Message, orders, type ParamsOf, type quotes, trades, type UpdateOf } from "@trading/topic";
import { createServer, defineModule, type Principal, type ServerOptions, serve } from "../../src/index.js";
import {
  ManualClock,
  MemoryClient,
  type MemoryClientOptions,
  RecordingLogger,
  ScriptedSource,
} from "../../src/testing/index.js";

export const AAPL = { symbol: "AAPL", resolution: "1" } as const;
export const ORDERS_OF_ANN = orders.buildTopic({ accountId: "ann" });

export type Order = UpdateOf<typeof orders>;
export type Trade = UpdateOf<typeof trades>;

export function order(id: string, qty = 1, status: Order["status"] = 6): Order {
  return { id, symbol: "AAPL", type: 2, side: 1, qty, status };
}

export function bar(time: number, close = 1): UpdateOf<typeof bars> {
  return { time, open: 1, high: 9, low: 0, close, volume: 1 };
}

export function trade(time: number): Trade {
  return { id: String(time), time, price: 1, qty: 1, side: 1 };
}

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

/** Turns of the event loop, until all that is under way has come to rest. */
export async function rest(turns = 4): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Tokens are "subject" or "subject@expiresAt"; anything with "bad" in it is none. */
function principalOf(token: string): Principal {
  const [subject = "", expiresAt] = token.split("@");
  if (subject.includes("bad")) throw new Error("no such token");
  return { subject, ...(expiresAt !== undefined && { expiresAt: Number(expiresAt) }) };
}

/** A server of every kind of route, whose clients are in memory. Accounts belong to the subject of the same name. */
export function setup(more: Partial<ServerOptions> = {}) {
  const clock = new JumpingClock();
  const logger = new RecordingLogger();
  const sources = {
    bars: new ScriptedSource<ParamsOf<typeof bars>, UpdateOf<typeof bars>>(),
    quotes: new ScriptedSource<ParamsOf<typeof quotes>, UpdateOf<typeof quotes>>(),
    trades: new ScriptedSource<ParamsOf<typeof trades>, Trade>(),
    orders: new ScriptedSource<ParamsOf<typeof orders>, Order>(),
  };
  const asked: { subject: string | undefined; params: unknown }[] = [];
  const server = createServer({
    title: "Test",
    version: "1",
    modules: [
      defineModule({
        name: "datafeed",
        version: "1",
        routes: [serve(bars, sources.bars), serve(trades, sources.trades)],
      }),
      defineModule({ name: "broker", version: "1", routes: [serve(orders, sources.orders)] }),
    ],
    clock,
    logger,
    authenticate: principalOf,
    authorize: (principal, _target, params) => {
      asked.push({ subject: principal?.subject, params });
      return principal?.subject === (params as { accountId: string }).accountId;
    },
    ...more,
  });
  const connect = (options: MemoryClientOptions = {}) => MemoryClient.connect(server, options);
  return { server, clock, logger, sources, asked, connect };
}

/** What a client was told after its welcome: types, with what matters of their payloads. */
export function told(client: MemoryClient, from = 1): [string, Record<string, unknown>][] {
  return client.messages
    .slice(from)
    .map(({ type, payload }: Message) => [type, (payload ?? {}) as Record<string, unknown>]);
}
