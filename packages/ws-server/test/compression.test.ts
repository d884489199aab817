import { once } from "node:events";
import { constants, deflateRawSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { bar, startServer, until } from "./helpers.js";
import { text } from "./rfc6455/frames.js";
import { RawClient } from "./rfc6455/raw-client.js";

async function connect(url: string, perMessageDeflate: boolean) {
  const socket = new WebSocket(url, { perMessageDeflate });
  const got: string[] = [];
  socket.on("message", (data) => got.push(String(data)));
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  socket.send('{"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"1"}}');
  await until(() => got.length > 0);
  return { socket, got };
}

describe("compression", () => {
  test("is off unless it is asked for", async () => {
    const { url } = await startServer();
    expect((await connect(url, true)).socket.extensions).toBe("");
  });

  test("changes no message and no order, whoever has it", async () => {
    const { source, url } = await startServer({ perMessageDeflate: true });
    const [compressed, plain] = [await connect(url, true), await connect(url, false)];
    expect([compressed.socket.extensions, plain.socket.extensions]).toEqual([
      expect.stringContaining("permessage-deflate"),
      "",
    ]);
    for (let time = 1; time <= 300; time++) source.publish(bar(time));
    await until(() => compressed.got.length === 301 && plain.got.length === 301);
    expect(compressed.got.slice(1)).toEqual(plain.got.slice(1));
    expect(plain.got.slice(1).map((text) => JSON.parse(text).payload.offset)).toEqual(
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
  });

  test("does not let a small frame become a large one", async () => {
    const { server, url } = await startServer({ perMessageDeflate: true });
    const before = process.memoryUsage().rss;
    // 64 MiB of zeros are 64 KiB.
    const bomb = deflateRawSync(Buffer.alloc(2 ** 26), { finishFlush: constants.Z_SYNC_FLUSH });
    const client = await RawClient.open(url, {
      headers: { "Sec-WebSocket-Extensions": "permessage-deflate" },
    });
    client.send(text(bomb.subarray(0, 60_000), { rsv: 4 }));
    expect((await client.ending()).code).toBe(1009);
    await until(() => server.counts().connections === 0);
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 2 ** 20);
  });
});
