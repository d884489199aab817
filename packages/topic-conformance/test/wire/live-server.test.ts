import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { runServer } from "../../src/wire/server/run.js";
import { SERVER_SCENARIOS } from "../../src/wire/server/scenarios.js";

/** The updates that a live server sends in the wrong places. */
interface Faults {
  readonly beforeSubscribeReply?: boolean;
  readonly afterUnsubscribeReply?: boolean;
}

/** Starts a server that sends an update with each reply. */
async function startLiveServer({ beforeSubscribeReply, afterUnsubscribeReply }: Faults) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on("connection", (socket) => {
    const topics = new Set<string>();
    socket.on("message", (data) => {
      const { type, payload } = JSON.parse(String(data));
      const topic = `bars:{"resolution":"${payload.resolution}","symbol":"${payload.symbol}"}`;
      const update = JSON.stringify({ type: "bars.update", payload: { topic, payload: { time: 1 } } });
      const isSubscribe = type === "bars.subscribe";
      if (isSubscribe ? beforeSubscribeReply : topics.has(topic)) socket.send(update);
      const message = isSubscribe ? "Subscribed" : "Unsubscribed";
      socket.send(JSON.stringify({ type: `${type}.response`, payload: { status: "ok", message, topic } }));
      if (isSubscribe) topics.add(topic);
      else topics.delete(topic);
      if (isSubscribe || afterUnsubscribeReply) socket.send(update);
    });
  });
  await once(server, "listening");
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Runs scenarios, and returns their statuses. */
async function statusesOf(faults: Faults, ...ids: string[]) {
  const scenarios = SERVER_SCENARIOS.filter(({ id }) => ids.includes(id));
  const report = await runServer({ url: await startLiveServer(faults), scenarios });
  return report.results.map(({ id, status }) => `${id} ${status}`);
}

test("a server that publishes by itself passes, and its updates are in their places or fail it", async () => {
  const ids = ["unsubscribe-reply", "replies-of-one-topic"] as const;
  expect(await statusesOf({}, ...ids)).toEqual(ids.map((id) => `${id} passed`));
  expect(await statusesOf({ beforeSubscribeReply: true }, ...ids)).toEqual(ids.map((id) => `${id} failed`));
  expect(await statusesOf({ afterUnsubscribeReply: true }, "replies-of-one-topic")).toEqual([
    "replies-of-one-topic failed",
  ]);
});
