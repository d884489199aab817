import * as contract from "@trading/topic";
import { defineOperation, type Message, type Route } from "@trading/topic";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { createServer, defineModule, serve, serveOperation } from "../../src/index.js";
import { MemoryClient, RecordingLogger, ScriptedSource } from "../../src/testing/index.js";
import { turn, until } from "../helpers/event-loop.js";
import { UNPRINTABLE } from "./hostile-json.js";

const ann = { accountId: "ann" };
const AAPL = { symbol: "AAPL" };
const PARAMS: Readonly<Record<string, object>> = {
  bars: { ...AAPL, resolution: "1" },
  quotes: { symbols: ["AAPL"], fast_symbols: ["MSFT"] },
  trades: AAPL,
  orderbook: { ...AAPL, depth: 5 },
  executions: { ...ann, symbol: null },
};
const ROUTES = Object.values<unknown>(contract).filter(
  (value): value is Route => typeof value === "object" && value !== null && "parseParams" in value,
);
const place = defineOperation({
  name: "place",
  request: z.object({ symbol: z.string().check(z.maxLength(9)), tags: z.array(z.string().check(z.length(1))) }),
  reply: z.object({}),
  access: "public",
});

/** A valid message of every type that a client can send, in every dialect that has it. */
const MESSAGES: readonly Message[] = [
  ...ROUTES.map(({ name }) => ({ name, payload: PARAMS[name] ?? ann })),
  { name: "bars", payload: { ...AAPL, params: { resolution: "1" } } },
  { name: "executions", payload: ann },
]
  .flatMap(({ name, payload }): Message[] => [
    { type: `${name}.subscribe`, payload, id: 1, resume: { epoch: "e", offset: 1 } },
    { type: `${name}.unsubscribe`, payload, id: "a" },
  ])
  .concat(
    { type: "place", payload: { symbol: "AAPL", tags: ["a"] }, id: 1 },
    { type: "auth.login", payload: { token: "ann" }, id: 1 },
    { type: "ping", id: 1 },
  );

/** Returns copies of a value, each with another of its members replaced. */
function* replaced(value: unknown, other: unknown): Generator<unknown> {
  yield other;
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    for (const changed of replaced(member, other)) {
      yield Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
    }
  }
}

const cases = (["base", "session"] as const).flatMap((protocol) =>
  MESSAGES.map((message) => [protocol, message.type, JSON.stringify(message.payload), message] as const),
);

test.for(cases)(
  "a value without a text form is refused in every position: %s, %s %s",
  async ([protocol, , , message]) => {
    const logger = new RecordingLogger();
    const routes = ROUTES.map((route) => serve(route, new ScriptedSource<never, unknown>()));
    const operations = [serveOperation(place, () => ({}))];
    const server = createServer({
      title: "Test",
      version: "1",
      modules: [defineModule({ name: "all", version: "1", routes, operations })],
      logger,
      authenticate: (subject) => ({ subject }),
      authorize: () => true,
    });
    onTestFinished(() => server.close());
    const closes: number[] = [];
    let sent = 0;
    for (const other of UNPRINTABLE) {
      for (const hostile of replaced(message, JSON.parse(other))) {
        const client = MemoryClient.connect(server, { protocol });
        void client.closed.then(({ code }) => closes.push(code));
        client.send(JSON.stringify(hostile));
        await turn();
        client.disconnect();
        sent++;
      }
    }
    expect(sent).toBeGreaterThan(UNPRINTABLE.length);
    expect(logger.entries.filter(({ level }) => level === "error")).toEqual([]);
    await until(() => closes.length >= sent);
    expect(closes).toHaveLength(sent);
    // 1006 is the client's own disconnect.
    expect(closes.filter((code) => code !== 1003 && code !== 1006)).toEqual([]);
  },
);
