import { expect } from "vitest";
import type { ServerOptions, StreamServer } from "../../src/index.js";
import type { RecordingLogger } from "../../src/testing/index.js";
import { AAPL, AAPL_TOPIC, bar } from "../helpers/data.js";
import { until } from "../helpers/event-loop.js";
import { NetworkClient } from "../helpers/network-client.js";
import { type FakeSource, startServer } from "../helpers/server.js";
import { text } from "./frames.js";
import type { RawClient } from "./raw-client.js";

/** A server to attack, with a healthy client that it must keep serving. */
export interface Target {
  readonly server: StreamServer;
  readonly source: FakeSource;
  readonly logger: RecordingLogger;
  readonly url: string;
  /** Waits until the attacker is released, and asserts that the healthy client is served and no error is logged. */
  assertServed(): Promise<void>;
}

/** Topics end with their last subscriber, so that counts show leaks without waiting. */
const NO_LINGER = { lingerMs: 0 };

export async function startTarget(options: Partial<ServerOptions> = {}): Promise<Target> {
  const { server, source, logger, url } = await startServer({ ...NO_LINGER, ...options });
  const healthy = await NetworkClient.connect(url);
  healthy.subscribe("bars", AAPL);
  await healthy.next();
  let time = 0;
  return {
    server,
    source,
    logger,
    url,
    async assertServed() {
      await until(() => server.counts().connections === 1 && server.counts().topics === 1);
      expect(server.counts()).toMatchObject({ connections: 1, topics: 1, subscriptions: 1 });
      source.publish(bar(++time));
      expect((await healthy.next()).payload.payload).toEqual(bar(time));
      expect(logger.entries.filter(({ level }) => level === "error")).toEqual([]);
    },
  };
}

/** Returns a valid request, padded to `bytes` bytes if given. */
export function request(bytes?: number): string {
  const json = JSON.stringify({ type: "bars.subscribe", payload: AAPL });
  return bytes === undefined ? json : json.padEnd(bytes, " ");
}

/** Asserts that the next frame is the reply to {@link request}. */
export async function assertReply(client: RawClient): Promise<void> {
  const frame = await client.next();
  const { type, payload } = JSON.parse(String(frame?.payload));
  expect({ type, status: payload.status, topic: payload.topic }).toEqual({
    type: "bars.subscribe.response",
    status: "ok",
    topic: AAPL_TOPIC,
  });
}

/** Sends a request, and asserts that it gets a reply. */
export async function assertAlive(client: RawClient): Promise<void> {
  client.send(text(request()));
  await assertReply(client);
}
