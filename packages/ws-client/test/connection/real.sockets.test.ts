import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { bars } from "@trading/topic/shapes";
import { afterEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type Client, type ConnectionState, createClient } from "../../src/index.js";
import type { Frame } from "../helpers/memory-network.js";
import { ScriptedServer } from "../helpers/scripted-server.js";

const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}';

const leftovers: { close(): unknown }[] = [];
afterEach(async () => {
  for (const leftover of leftovers.splice(0)) await leftover.close();
});

/** A server that confirms a subscribe and sends one bar, whose close counts the subscribes it has seen. */
async function barServer({ echo = true, port = 0 } = {}) {
  let subscribes = 0;
  const frames: Frame[] = [];
  const server = await ScriptedServer.listen((frame, say) => {
    frames.push(frame);
    const payload = { status: "ok", message: "", topic: TOPIC };
    say({ type: `${frame.type}.response`, payload, ...(echo && { id: frame.id }) });
    if (frame.type !== "bars.subscribe") return;
    subscribes += 1;
    say({ type: "bars.update", payload: { topic: TOPIC, payload: { close: subscribes } } });
  }, port);
  leftovers.push(server);
  return { server, frames };
}

function connect(url: string): Client {
  const client = createClient({
    url,
    WebSocket,
    eager: true,
    random: () => 0,
    // These servers send no positions, so a reconnect is a gap.
    onError: ({ code, message }) => code === "gap" || expect.fail(message),
  });
  leftovers.push(client);
  return client;
}

/** Subscribes to the bars, and records their closes. */
function listen(client: Client) {
  const closes: number[] = [];
  let wake = () => {};
  const handle = client.subscribe(bars, AAPL, ({ close }) => {
    closes.push(close);
    wake();
  });
  const count = async (wanted: number) => {
    while (closes.length < wanted) await new Promise<void>((resolve) => (wake = resolve));
    return closes;
  };
  return { handle, count };
}

function stateOf(client: Client, status: ConnectionState["status"]): Promise<ConnectionState> {
  return new Promise((resolve) => {
    const stop = client.onState((state) => {
      if (state.status !== status) return;
      stop();
      resolve(state);
    });
  });
}

test.each([true, false])("streams from a server that echoes ids: %s", async (echo) => {
  const { server, frames } = await barServer({ echo });
  const { handle, count } = listen(connect(server.url));
  await handle.ready;
  expect(await count(1)).toEqual([1]);
  expect(frames).toEqual([{ type: "bars.subscribe", payload: AAPL, id: 1 }]);
});

test("reconnects after a lost connection, and subscribes to its topics again", async () => {
  const { server } = await barServer();
  const client = connect(server.url);
  const { count } = listen(client);
  await count(1);
  server.cut();
  expect(await count(2)).toEqual([1, 2]);
  server.cut(1012, "Service restart");
  expect(await count(3)).toEqual([1, 2, 3]);
  expect(client.state.status).toBe("connected");
});

test("connects once the server is up, and reports the reason until then", async () => {
  const { server } = await barServer();
  await server.close();
  const client = connect(server.url);
  expect((await stateOf(client, "connecting")).reason).toContain("ECONNREFUSED");
  const { count } = listen(client);
  await barServer({ port: server.port });
  expect(await count(1)).toEqual([1]);
});

test("close ends the connection, even during the handshake", async () => {
  const { server } = await barServer();
  const early = connect(server.url);
  early.close();
  const client = connect(server.url);
  await listen(client).handle.ready;
  client.close();
  await server.disconnected();
  expect([client.state.status, early.state.status]).toEqual(["closed", "closed"]);
});

test("destroying a Readable of a stream ends its subscription, also while no update arrives", async () => {
  const { server, frames } = await barServer();
  const readable = Readable.from(connect(server.url).stream(bars, AAPL));
  expect((await once(readable, "data"))[0]).toEqual({ close: 1 });
  readable.destroy();
  await once(readable, "close");
  await vi.waitUntil(() => frames.length === 2, { timeout: 240_000 });
  expect(frames.map(({ type }) => type)).toEqual(["bars.subscribe", "bars.unsubscribe"]);
});

test("a bridge to server-sent events unsubscribes when its client disconnects", async () => {
  const { server, frames } = await barServer();
  const client = connect(server.url);
  let bridged: Promise<unknown> | undefined;
  const bridge = createServer((_, response) => {
    const events = new Transform({
      writableObjectMode: true,
      transform: ({ close }, _encoding, done) => done(null, `data: ${close}\n\n`),
    });
    bridged = pipeline(Readable.from(client.stream(bars, AAPL)), events, response).catch(({ code }) => code);
  }).listen(0, "127.0.0.1");
  leftovers.push(bridge);
  await once(bridge, "listening");
  const request = get({ host: "127.0.0.1", port: (bridge.address() as AddressInfo).port });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  expect(String((await once(response, "data"))[0])).toBe("data: 1\n\n");
  request.destroy();
  expect(await bridged).toBe("ERR_STREAM_PREMATURE_CLOSE");
  await vi.waitUntil(() => frames.length === 2, { timeout: 240_000 });
  expect(frames.map(({ type }) => type)).toEqual(["bars.subscribe", "bars.unsubscribe"]);
});
