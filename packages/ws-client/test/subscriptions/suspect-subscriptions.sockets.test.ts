import { buildTopic } from "@trading/topic";
import { bars, trades } from "@trading/topic/shapes";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type ClientError, createClient } from "../../src/index.js";
import type { Frame } from "../helpers/memory-network.js";
import { ScriptedServer } from "../helpers/scripted-server.js";

const of = (symbol: string) => ({ symbol, resolution: "1" }) as const;
const BAD = of("");

const leftovers: { close(): unknown }[] = [];
afterEach(async () => {
  for (const leftover of leftovers.splice(0)) await leftover.close();
});

/** Ignores the gap that follows each reconnect to a server without positions. */
const collectInto = (errors: ClientError[]) => (error: ClientError) => {
  if (error.code !== "gap") errors.push(error);
};

/** Serves bars of every symbol except the empty one. It closes the connection on any other subscribe. */
async function strictServer() {
  let closing = false;
  const frames: Frame[] = [];
  const server = await ScriptedServer.listen((frame, say, self) => {
    const [route, verb] = frame.type.split(".") as [string, string];
    // Frames after the rejected one are ignored.
    if (closing) return;
    frames.push(frame);
    if (route !== "bars" || frame.payload.symbol === "") {
      closing = true;
      self.cut(1003, route === "bars" ? "Could not validate payload" : "No matching type");
      return;
    }
    const topic = buildTopic(route, frame.payload);
    say({ type: `${frame.type}.response`, payload: { status: "ok", message: "", topic }, id: frame.id });
    if (verb === "subscribe") say({ type: "bars.update", payload: { topic, payload: { close: server.connections } } });
  });
  server.onConnection = () => {
    closing = false;
  };
  leftovers.push(server);
  const errors: ClientError[] = [];
  const client = createClient({ url: server.url, WebSocket, random: () => 0, onError: collectInto(errors) });
  leftovers.push(client);
  const sent = (symbol: string) => frames.filter(({ payload }) => payload.symbol === symbol).length;
  return { server, client, errors, frames, sent };
}

/** Subscribes, and resolves when the subscription has become live this many times. */
function liveTimes(client: ReturnType<typeof createClient>, symbol: string, times: number): Promise<void> {
  return new Promise((resolve) => {
    let live = 0;
    client.subscribe(bars, of(symbol), {
      onStatus: ({ state }) => {
        if (state === "live") live += 1;
        if (live === times) resolve();
      },
    });
  });
}

test.each([
  ["parameters that it rejects", () => bars, BAD, "Could not validate payload"],
  ["an unknown route", () => trades, { symbol: "AAPL" }, "No matching type"],
] as const)("fails only the topic that the server closes on: %s", async (_, route, params, reason) => {
  const { server, client, errors } = await strictServer();
  await client.subscribe(bars, of("AAPL"), () => {}).ready;
  const again = liveTimes(client, "AAPL", 2);
  const bad = client.subscribe(route() as typeof bars, params as typeof BAD, () => {});
  await expect(bad.ready).rejects.toMatchObject({ name: "ClientError", code: "rejected", topic: bad.topic });
  await again;
  await client.subscribe(bars, of("MSFT"), () => {}).ready;
  expect(errors).toMatchObject([{ code: "rejected", topic: bad.topic }]);
  expect(errors[0]?.message).toContain(reason);
  expect(server.connections).toBe(2);
});

test("rejects only the causes among several unanswered topics", async () => {
  const { server, client, errors, sent } = await strictServer();
  await client.subscribe(bars, of("LIVE"), () => {}).ready;
  const good = ["A", "B", "C"].map((symbol) => client.subscribe(bars, of(symbol), () => {}));
  const bad = [
    client.subscribe(bars, BAD, () => {}),
    client.subscribe(trades, { symbol: "T" }, () => {}),
    client.subscribe(bars, { symbol: "", resolution: "5" }, () => {}),
  ];
  const late = ["D", "E"].map((symbol) => client.subscribe(bars, of(symbol), () => {}));
  for (const { ready } of bad) await expect(ready).rejects.toMatchObject({ code: "rejected" });
  for (const { ready } of [...good, ...late]) await ready;
  expect(errors.map(({ topic }) => topic).sort()).toEqual(bad.map(({ topic }) => topic).sort());
  // The first, the one after the batch, and one more for each rejected topic.
  expect(server.connections).toBe(5);
  expect(sent("T")).toBe(1);
});
