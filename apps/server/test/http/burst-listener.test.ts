import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { listenForBursts } from "../../src/http/burst-listener.js";
import { until } from "../until.js";

/** Starts a server that counts the connections of each turn of the event loop. */
async function start(handles: number) {
  const server = createServer((_request, response) => response.end("reply"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const bursts = handles === 0 ? undefined : await listenForBursts(server, handles);
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = [bursts?.close(), new Promise((resolve) => server.close(resolve))];
    server.closeAllConnections();
    await Promise.all(closed);
  };
  onTestFinished(close);
  const perTurn: number[] = [];
  let accepted = 0;
  server.on("connection", () => accepted++);
  let immediate = setImmediate(function count() {
    if (accepted > 0) perTurn.push(accepted);
    accepted = 0;
    immediate = setImmediate(count);
  });
  onTestFinished(() => clearImmediate(immediate));
  const open = () => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  return { port, open, perTurn, close };
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

test.each([
  [0, 1],
  [7, 8],
])("with %i further handles a server accepts %i connections in a turn", async (handles, perTurn) => {
  const server = await start(handles);
  // All of them wait in the queue of the kernel before the next turn.
  for (let index = 0; index < 64; index++) server.open();
  await until(() => sum(server.perTurn) === 64);
  expect(Math.max(...server.perTurn)).toBe(perTurn);
});

test("replies on connections that the further handles have accepted, also if the client has closed its side", async () => {
  const { open } = await start(7);
  const replies = Array.from({ length: 32 }, async () => {
    const socket = open();
    socket.end("GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    return (await socket.toArray()).join("");
  });
  for (const reply of await Promise.all(replies)) expect(reply).toMatch(/^HTTP\/1\.1 200 .*reply$/s);
});

test("does not listen any more once it is closed", async () => {
  const { open, close } = await start(3);
  await close();
  const [error] = await once(open(), "error");
  expect(error).toMatchObject({ code: "ECONNREFUSED" });
});
