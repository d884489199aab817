import { readdirSync, readFileSync } from "node:fs";
import { bars, executions, parseTopic, quotes } from "@trading/topic";
import { expect, test } from "vitest";
import type { SocketLike } from "../../src/index.js";
import { MemoryServer } from "../../src/testing/index.js";

/** The recordings of a running FastWS, in the engine's tests. */
const FOLDER = new URL("../../../ws-server/test/legacy/recordings/", import.meta.url);

interface Step {
  readonly client?: string;
  readonly send?: string;
  readonly receive?: string;
  readonly close?: { readonly code: number; readonly reason: string };
  readonly leave?: true;
  readonly publish?: { readonly topic: string; readonly update: object };
  readonly wait?: number;
  readonly sendBytes?: string;
}

interface Recording {
  readonly name: string;
  readonly origin: string;
  readonly steps: readonly Step[];
}

/** Recordings from which MemoryServer deviates intentionally. */
const DEVIATIONS = new Set([
  // It validates frames against the envelope, and parameters against their schema, which requires all of them.
  ...["empty-type", "number-type", "not-a-number", "deep", "extra-keys", "unchecked-values"],
  ...["executions-without-symbol", "executions-three-ways"],
  // A client cannot end the subscription of another client.
  "strangers-unsubscribe",
]);

const recordings = readdirSync(FOLDER)
  .filter((file) => file !== "asyncapi.json")
  .map((file): Recording => JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")))
  .filter(({ name, origin }) => origin === "2.0" && !DEVIATIONS.has(name))
  // Waits and raw bytes need a real network.
  .filter(({ steps }) => steps.every(({ wait, sendBytes }) => wait === undefined && sendBytes === undefined));

test("finds more than twenty recordings", () => expect(recordings.length).toBeGreaterThan(20));

test.each(recordings)("$name: sends the frames that FastWS sent", async ({ steps }) => {
  const server = new MemoryServer({ routes: { bars, quotes, executions }, protocol: "legacy" });
  const received: Step[] = [];
  const sockets = new Map<string | undefined, SocketLike>();
  const socketOf = async (client: string | undefined) => {
    const known = sockets.get(client);
    if (known) return known;
    const socket = new server.WebSocket("ws://memory/");
    const sender = client === undefined ? {} : { client };
    socket.onmessage = ({ data }: { data: string }) => void received.push({ ...sender, receive: JSON.parse(data) });
    socket.onclose = ({ code, reason }: { code: number; reason: string }) =>
      void received.push({ ...sender, close: { code, reason } });
    sockets.set(client, socket);
    await server.settled();
    return socket;
  };
  for (const { client, send, leave, publish } of steps) {
    if (send !== undefined) (await socketOf(client)).send(send);
    if (leave) {
      const socket = await socketOf(client);
      socket.onclose = null;
      socket.close(1000);
    }
    if (publish) {
      const { route, params } = parseTopic(publish.topic);
      server.publish(route as never, params as never, publish.update as never);
    }
    await server.settled();
  }
  const expected = steps
    .filter(({ receive, close }) => receive !== undefined || close !== undefined)
    .map(({ receive, ...step }) => ({ ...step, ...(receive !== undefined && { receive: JSON.parse(receive) }) }));
  expect(received).toEqual(expected);
});
