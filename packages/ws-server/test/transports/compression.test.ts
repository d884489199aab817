import { constants, deflateRawSync } from "node:zlib";
import { type ParamsOf, trades, type UpdateOf } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { defineModule, serve } from "../../src/index.js";
import { ScriptedSource } from "../../src/testing/index.js";
import { AAPL, bar } from "../helpers/data.js";
import { until } from "../helpers/event-loop.js";
import { NetworkClient } from "../helpers/network-client.js";
import { startServer } from "../helpers/server.js";
import { continuation, text } from "../rfc6455/frames.js";
import { RawClient } from "../rfc6455/raw-client.js";

const OFFERED = { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } };
const NEGOTIATED = expect.stringContaining("permessage-deflate");
const TRADES = { symbol: "AAPL" };

/** Starts a server with updates of any length. `ws` compresses messages from 1 KiB. */
async function start() {
  const source = new ScriptedSource<ParamsOf<typeof trades>, UpdateOf<typeof trades>>();
  const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(trades, source)] })];
  const { server, url } = await startServer({ modules, perMessageDeflate: true });
  let time = 0;
  const publish = (length: number) =>
    source.publish({ id: "x".repeat(length), time: ++time, price: 1, qty: 1, side: 1 });
  const connect = async (perMessageDeflate: boolean) => {
    const client = await NetworkClient.connect(url, { perMessageDeflate });
    await client.request({ type: "trades.subscribe", payload: TRADES });
    return client;
  };
  return { server, source, url, publish, connect };
}

describe("3.12 compression", () => {
  test("is off by default: the server does not accept an offer", async () => {
    const { url, source } = await startServer();
    const client = await NetworkClient.connect(url, { perMessageDeflate: true });
    expect(client.socket.extensions).toBe("");
    await client.request({ type: "bars.subscribe", payload: AAPL });
    source.publish(bar(1));
    expect((await client.next()).type).toBe("bars.update");
    // A compressed message without the extension violates the protocol.
    const raw = await RawClient.open(url, OFFERED);
    raw.send(text(deflateRawSync("{}"), { rsv: 4 }));
    expect((await raw.ending()).code).toBe(1002);
  });

  test("is not used for a client that does not offer it", async () => {
    const { connect } = await start();
    expect((await connect(false)).socket.extensions).toBe("");
    expect((await connect(true)).socket.extensions).toEqual(NEGOTIATED);
  });

  test("changes neither messages nor their order, for small and large messages, for clients with and without it", async () => {
    const { publish, connect } = await start();
    const clients = await Promise.all([true, false, true, false].map(connect));
    for (let count = 1; count <= 300; count++) {
      // Compression takes longer, so an uncompressed message could overtake a compressed one.
      expect(publish(count % 3 === 0 ? 20_000 : 10)).toBe(true);
      if (count % 60 === 0) await clients[0]?.request({ type: "trades.unsubscribe", payload: { symbol: "other" } });
    }
    const updatesOf = ({ frames }: NetworkClient) =>
      frames.filter((frame) => frame.startsWith('{"type":"trades.update"'));
    await until(() => clients.every((client) => updatesOf(client).length === 300));
    const [first, ...others] = clients.map(updatesOf);
    for (const other of others) expect(other).toEqual(first);
    expect(first?.map((frame) => JSON.parse(frame).payload.offset)).toEqual(
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
  });

  test("keeps the order of replies and updates, without an update after an unsubscribe", async () => {
    const { publish, connect } = await start();
    const client = await connect(true);
    for (let round = 0; round < 20; round++) {
      publish(20_000);
      client.unsubscribe("trades", TRADES);
      await client.until("trades.unsubscribe.response");
      expect(publish(20_000)).toBe(false);
      client.subscribe("trades", TRADES);
      expect((await client.next()).type).toBe("trades.subscribe.response");
    }
    await client.settled();
    expect(client.types.at(-1)).toBe("trades.subscribe.response");
  });

  test("keeps the queue of a client that does not read within its limit", async () => {
    const { server, publish, connect } = await start();
    const [slow, fast] = [await connect(true), await connect(false)];
    slow.socket.pause();
    let most = 0;
    for (let round = 0; round < 200 && server.counts().subscriptions === 2; round++) {
      for (let count = 0; count < 20; count++) publish(20_000);
      await fast.settled();
      most = Math.max(most, ...server.connections.map(({ waitingBytes }) => waitingBytes));
    }
    expect(most).toBeLessThanOrEqual(1_048_576);
    expect(fast.isOpen).toBe(true);
  });

  test.each([
    ["in one frame", 1],
    ["in three fragments", 3],
  ])("closes a decompression bomb %s with 1009, and uses little memory for it", async (_name, parts) => {
    const { server, url } = await start();
    const before = process.memoryUsage().rss;
    // 64 MiB of zeros become 64 KiB.
    const bomb = deflateRawSync(Buffer.alloc(2 ** 26), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, 60_000);
    const size = Math.ceil(bomb.length / parts);
    for (let count = 0; count < 5; count++) {
      const client = await RawClient.open(url, OFFERED);
      for (let part = 0; part < parts; part++) {
        const bytes = bomb.subarray(part * size, (part + 1) * size);
        const shape = { fin: part === parts - 1 };
        client.send(part === 0 ? text(bytes, { ...shape, rsv: 4 }) : continuation(bytes, shape));
      }
      expect((await client.ending()).code).toBe(1009);
    }
    await until(() => server.counts().connections === 0);
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 2 ** 20);
  });
});
