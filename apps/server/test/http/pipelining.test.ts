import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { systemClock } from "@trading/ws-server";
import { expect, onTestFinished, test } from "vitest";
import { createHttpServer } from "../../src/http/http-server.js";
import { type RefusalReason, Refusals } from "../../src/http/refusals.js";
import { silent } from "../helpers.js";
import { until } from "../until.js";

/** More than the kernel's buffers take from a server whose client does not read. */
const LONG = Buffer.alloc(16_000_000, "x");

/** Starts a server that records which requests it has handled, and in which turn of the event loop. */
async function start() {
  const refused: RefusalReason[] = [];
  const refusals = new Refusals(systemClock, silent, (reason) => refused.push(reason));
  const { http } = createHttpServer({}, { clock: systemClock, refusals });
  const handled: { readonly id: string; readonly turn: number }[] = [];
  let turn = 0;
  let immediate = setImmediate(function next() {
    turn++;
    immediate = setImmediate(next);
  });
  http.get("/:size/:id", (request, reply) => {
    const { size, id } = request.params as { size: string; id: string };
    handled.push({ id, turn });
    return reply.send(size === "long" ? LONG : Buffer.from(`reply ${id};`));
  });
  const sockets: Socket[] = [];
  onTestFinished(async () => {
    clearImmediate(immediate);
    for (const socket of sockets) socket.destroy();
    http.server.closeAllConnections();
    await http.close();
  });
  await http.listen({ port: 0, host: "127.0.0.1" });
  const { port } = http.server.address() as AddressInfo;
  /** Sends requests in one packet. */
  const send = async (paths: readonly string[]) => {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket.on("error", () => {}));
    await once(socket, "connect");
    socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`).join(""));
    return socket;
  };
  return { send, handled, refused };
}

const paths = (size: string, count: number) => Array.from({ length: count }, (_, id) => `/${size}/${id}`);

test("handles the pipelined requests of a connection in separate turns, and replies in their order", async () => {
  const { send, handled } = await start();
  const socket = await send(paths("short", 17));
  let text = "";
  socket.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  await until(() => text.includes("reply 16;"));
  expect(text.match(/reply \d+;/g)).toEqual(Array.from({ length: 17 }, (_, id) => `reply ${id};`));
  expect(new Set(handled.map(({ turn }) => turn)).size).toBe(17);
});

test("handles the next request of a connection only when the reply to the last one has been read", async () => {
  const { send, handled } = await start();
  const unread = await send(paths("long", 10));
  unread.pause();
  await until(() => handled.length > 0);
  // Another connection's requests take many turns meanwhile.
  const other = await send(paths("short", 17));
  other.resume();
  await until(() => handled.length >= 18);
  expect(handled).toHaveLength(18);
  unread.resume();
  await until(() => handled.length === 27);
});

test("closes a connection with more than 16 waiting requests", async () => {
  const { send, handled, refused } = await start();
  const socket = await send(paths("long", 1_000));
  await once(socket.resume(), "close");
  expect(refused).toEqual(["pipelined_requests"]);
  expect(handled.length).toBeLessThanOrEqual(1);
});
