import { EventEmitter, once } from "node:events";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { Pipe } from "../src/pipe.js";
import { ManualClock, setUp } from "./helpers.js";

/** A pipe from a socket that says what a test lets it say to one end of a connection, and the other end. */
async function pipe() {
  const { pair } = await setUp();
  const { client, server } = await pair();
  const from = new EventEmitter() as Socket;
  return { from, to: client.socket, server, pipe: new Pipe(from, client.socket, new ManualClock(), () => {}) };
}

test("an end and a reset that were held pass at once, and the socket closes", async () => {
  const { from, to, server, pipe: held } = await pipe();
  held.hold();
  from.emit("end");
  from.emit("error", new Error("ECONNRESET"));
  expect(to.writableEnded).toBe(false);
  held.release();
  held.release();
  await once(to, "close");
  await server.until(({ ended }) => ended);
});

test("a socket that was reset already is left alone", async () => {
  const { from, to, server } = await pipe();
  to.resetAndDestroy();
  from.emit("error", new Error("ECONNRESET"));
  await once(to, "close");
  expect(await server.isOver()).toBe("ECONNRESET");
});
