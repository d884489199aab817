import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { ScriptedServer } from "../../src/wire/scripted-server.js";
import { Trace } from "../../src/wire/trace.js";

test("survives a client that resets the connection of a rejected attempt", async () => {
  const server = await ScriptedServer.start(new Trace(), 60_000);
  server.reject(1);
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  const headers = "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
  socket.on("error", () => {});
  await once(socket, "connect");
  await new Promise((resolve) => socket.write(`GET /api/v1/ws HTTP/1.1\r\n${headers}\r\n`, resolve));
  await server.attempted(1);
  socket.resetAndDestroy();
  await once(socket, "close");
  // Accepted after the reset was read: the server handles its sockets in order.
  const next = connect(Number(new URL(server.url).port), "127.0.0.1");
  await once(next, "connect");
  next.destroy();
  await server.close();
  expect(server.attempts).toHaveLength(1);
});
