import { EventEmitter, once } from "node:events";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { Pipe } from "../src/pipe.js";
import { ManualClock, setUp } from "./helpers.js";

test("release passes a held FIN and a held reset together, and the socket closes", async () => {
  const { pair } = await setUp();
  const { client, server } = await pair();
  const from = new EventEmitter() as Socket;
  const pipe = new Pipe(from, client.socket, new ManualClock(), () => {});
  pipe.hold();
  from.emit("end");
  from.emit("error", new Error("ECONNRESET"));
  expect(client.socket.writableEnded).toBe(false);
  pipe.release();
  await once(client.socket, "close");
  await server.until(({ ended }) => ended);
});
