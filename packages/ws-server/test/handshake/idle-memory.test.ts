import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { bars } from "@trading/topic";
import { expect, onTestFinished, test } from "vitest";
import { createServer, defineModule, serve } from "../../src/index.js";
import { NetworkClient } from "../helpers/network-client.js";
import { FakeSource } from "../helpers/server.js";

const MAX_COLLECTIONS = 20;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

test("an open connection does not keep its upgrade request alive, nor its headers", async () => {
  const http = createHttpServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, new FakeSource())] })];
  const server = createServer({ title: "Test", version: "1", modules });
  server.attach(http);
  onTestFinished(async () => {
    await server.close();
    http.close();
  });
  const requests: WeakRef<IncomingMessage>[] = [];
  http.on("upgrade", (request) => requests.push(new WeakRef(request)));
  const { port } = http.address() as AddressInfo;
  const client = await NetworkClient.connect(`ws://127.0.0.1:${port}${server.path}`);
  await client.request({ type: "bars.subscribe", payload: { symbol: "AAPL", resolution: "1" } });
  expect(requests).toHaveLength(1);
  // A weak reference is cleared in a later turn, and the parser of the request is released in one too.
  for (let count = 0; count < MAX_COLLECTIONS && requests[0]?.deref() !== undefined; count++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  expect(requests[0]?.deref()).toBeUndefined();
  expect(client.socket.readyState).toBe(client.socket.OPEN);
});
