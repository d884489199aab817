import { expect } from "vitest";
import type { ServerOptions, StreamServer } from "../../src/index.js";
import {
  AAPL,
  AAPL_TOPIC,
  bar,
  Client,
  type FakeSource,
  type MemoryLogger,
  startServer,
  until,
} from "../helpers/server.js";
import { text } from "./frames.js";
import type { RawClient } from "./raw-client.js";

/** A server to attack, with a healthy client on it that has to be served whatever happens. */
export interface Target {
  readonly server: StreamServer;
  readonly source: FakeSource;
  readonly logger: MemoryLogger;
  readonly url: string;
  /** Waits until nothing is left of the attacker, and sees that the healthy client is served and that all is well. */
  assertServed(): Promise<void>;
}

/** Topics end with their last subscriber, so that counts say at once what leaked. */
const NO_LINGER = { lingerMs: 0 };

export async function startTarget(options: Partial<ServerOptions> = {}): Promise<Target> {
  const { server, source, logger, url } = await startServer({ ...NO_LINGER, ...options });
  const healthy = await Client.connect(url);
  healthy.subscribe();
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

/** A request that is answered, of exactly this many bytes where that is told. */
export function request(bytes?: number): string {
  const json = JSON.stringify({ type: "bars.subscribe", payload: AAPL });
  return bytes === undefined ? json : json.padEnd(bytes, " ");
}

/** The reply to {@link request}: this connection is alive. */
export async function assertReply(client: RawClient): Promise<void> {
  const frame = await client.next();
  const { type, payload } = JSON.parse(String(frame?.payload));
  expect({ type, status: payload.status, topic: payload.topic }).toEqual({
    type: "bars.subscribe.response",
    status: "ok",
    topic: AAPL_TOPIC,
  });
}

/** Asks, and sees that it is answered. */
export async function assertAlive(client: RawClient): Promise<void> {
  client.send(text(request()));
  await assertReply(client);
}
