import { once } from "node:events";
import { readFileSync } from "node:fs";
import { bars } from "@trading/topic";
import { lineLogger } from "@trading/ws-server";
import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { compose } from "../../../apps/server/src/compose.js";
import { parseEnv } from "../../../apps/server/src/config/env.js";

const page = readFileSync(new URL("legacy-snippets.md", import.meta.url), "utf8");

/** Returns the code block below a heading of the page. */
function snippet(heading: string): string {
  const [, block] = new RegExp(`^## ${heading}\\n\\n\`\`\`\\w+\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page) ?? [];
  if (block === undefined) throw new Error(`There is no snippet "${heading}"`);
  return block;
}

/** The reference server with a manual clock, and the browser globals that a snippet uses. */
async function setup() {
  const clock = new ManualClock(Date.UTC(2026, 0, 5, 15));
  const { app } = await compose(parseEnv({ ENABLED_MODULES: "datafeed" }), { clock, logger: lineLogger("silent") });
  const port = await app.listen(0, "127.0.0.1");
  const sockets: WebSocket[] = [];
  class BrowserSocket extends WebSocket {
    constructor(url: string) {
      super(url.replace("localhost:8000", `127.0.0.1:${port}`));
      sockets.push(this);
      this.on("error", () => {});
    }
  }
  onTestFinished(async () => {
    for (const socket of sockets) socket.terminate();
    await app.close();
  });
  const logged: unknown[][] = [];
  const timers: { readonly run: () => void; readonly ms: number }[] = [];
  const timer = (run: () => void, ms: number) => timers.push({ run, ms });
  const globals = {
    WebSocket: BrowserSocket,
    console: {
      log: (...values: unknown[]) => logged.push(values),
      error: (...values: unknown[]) => logged.push(values),
    },
    setInterval: timer,
    setTimeout: timer,
  };
  /** Runs an unchanged snippet, and returns the value of the expression `result`. */
  const run = <Result>(code: string, more: object = {}, result = "undefined"): Result => {
    const scope = { ...globals, ...more };
    const names = Object.keys(scope);
    return new Function(...names, `${code}\nreturn ${result};`)(
      ...names.map((name) => scope[name as keyof typeof scope]),
    );
  };
  const until = (holds: () => boolean) => vi.waitUntil(holds, { interval: 1, timeout: 240_000 });
  /** Returns the received messages of a type. */
  const received = (type: string) =>
    logged.flatMap(([label, message]) =>
      (message as { type?: string })?.type === type && label === "Received:" ? [message] : [],
    );
  return { app, clock, port, logged, timers, run, until, received };
}

/** Returns a topic in its canonical form. */
function canonical(code: string): string {
  return code
    .replaceAll(/params: \{ resolution: ("1"|sub\.resolution) \}/g, "resolution: $1")
    .replace("message.payload);", "message.payload.payload);");
}

describe.each([
  ["as written", (code: string) => code, (symbol: string, resolution: string) => `bars:${symbol}:${resolution}`],
  [
    "in the canonical form",
    canonical,
    (symbol: string, resolution: string) => bars.buildTopic({ symbol, resolution: resolution as "1" }),
  ],
])("%s", (_, form, topicOf) => {
  test("the quick start connects, subscribes and logs each new bar", async () => {
    const { clock, logged, run, until, received } = await setup();
    run(form(snippet("Quick start")));
    await until(() => logged.some(([label]) => label === "New bar:"));
    expect(logged[0]).toEqual(["Connected to Trading API WebSocket"]);
    expect(received("bars.subscribe.response")).toMatchObject([
      { payload: { status: "ok", topic: topicOf("AAPL", "1") } },
    ]);
    const bars = () =>
      logged.filter(([label]) => label === "New bar:").map(([, bar]) => bar as Record<string, unknown>);
    const before = bars().length;
    clock.advance(1_000);
    await until(() => bars().length > before);
    for (const bar of bars())
      expect(Object.keys(bar).sort()).toEqual(["close", "high", "low", "open", "time", "volume"]);
  });

  test("the multi-subscription subscribes to one topic per symbol", async () => {
    const { run, until, received, app } = await setup();
    const ws = run<WebSocket>(form(snippet("Quick start")), {}, "ws");
    await once(ws, "open");
    run(form(snippet("Multi-subscription")), { ws });
    await until(() => received("bars.subscribe.response").length === 5);
    const topics = received("bars.subscribe.response").map(
      (reply) => (reply as { payload: { topic: string } }).payload.topic,
    );
    expect(new Set(topics)).toEqual(
      new Set([topicOf("AAPL", "1"), topicOf("AAPL", "D"), topicOf("GOOGL", "5"), topicOf("MSFT", "15")]),
    );
    expect(app.stream.connections[0]?.topics).toHaveLength(4);
  });

  test("the heartbeat keeps a connection open until it stops", async () => {
    const { clock, timers, run, until, received } = await setup();
    const ws = run<WebSocket>(form(snippet("Quick start")), {}, "ws");
    await until(() => received("bars.subscribe.response").length === 1);
    run(form(snippet("Heartbeat")), { ws });
    expect(timers.map(({ ms }) => ms)).toEqual([25_000]);
    for (let beat = 2; beat < 12; beat++) {
      clock.advance(25_000);
      timers[0]?.run();
      await until(() => received("bars.subscribe.response").length === beat);
    }
    const closed = once(ws, "close");
    clock.advance(30_000);
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([
      1003,
      "Connection timed out. Heartbeat interval 30.0. Max connection lifespan 3600.0",
    ]);
  });

  test("the reconnection connects again after the server has closed", async () => {
    const { clock, logged, timers, run, until, app } = await setup();
    run(`${form(snippet("Reconnection"))}\nconnectWebSocket();`);
    await until(() => app.stream.counts().connections === 1);
    clock.advance(30_000);
    await until(() => timers.length === 1);
    expect(logged[0]?.slice(0, 2)).toEqual(["Disconnected:", 1003]);
    timers[0]?.run();
    await until(() => app.stream.counts().connections === 1);
  });

  test("the error handling distinguishes a rejected request from an invalid message", async () => {
    const { logged, run, until } = await setup();
    const ws = run<WebSocket>(form(snippet("Quick start")), {}, "ws");
    await once(ws, "open");
    run(form(snippet("Errors")), { ws });
    const wrong = '{ symbol: "NOPE", params: { resolution: "1" } }';
    run(form(`ws.send(JSON.stringify({ type: "bars.subscribe", payload: ${wrong} }))`), { ws });
    await until(() => logged.some(([label]) => label === "Operation failed:"));
    expect(logged.find(([label]) => label === "Operation failed:")?.[1]).toContain('"NOPE"');
    ws.send('{"type":"nothing.known"}');
    await until(() => logged.some(([label]) => label === "Protocol violation:"));
    expect(logged.slice(-2)).toEqual([
      ["Closed:", 1003, "No matching type"],
      ["Protocol violation:", "No matching type"],
    ]);
  });
});

test("passes the legacy system's own integration test", async () => {
  const { port } = await setup();
  const python = snippet("Integration test");
  const asserted = Array.from(python.matchAll(/assert response(.*) == (".*")/g), ([, path = "", value = ""]) => [
    Array.from(path.matchAll(/"(\w+)"/g), ([, name]) => name as string),
    JSON.parse(value),
  ]);
  expect(asserted).toHaveLength(4);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/ws`);
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  socket.send('{"type":"bars.subscribe","payload":{"symbol":"AAPL","params":{"resolution":"1"}}}');
  const [data] = await once(socket, "message");
  const response = JSON.parse(String(data));
  for (const [path, value] of asserted) {
    expect((path as string[]).reduce((at, name) => at[name], response)).toBe(value);
  }
});
