import { trades } from "@trading/topic/shapes";
import { expect, onTestFinished, test } from "vitest";
import {
  type Client,
  type ClientError,
  type ClientOptions,
  createClient,
  type Gap,
  type UpdateMeta,
} from "../../src/index.js";
import { RemoteServer } from "./node.js";

const AAPL = { symbol: "AAPL" } as const;

function connect(url: string, options: Partial<ClientOptions> = {}): Client {
  // Without a limit for connecting, so that a slow machine opens no second socket.
  const defaults = {
    connectTimeoutMs: 0,
    random: () => 0,
    onError: ({ message }: ClientError) => expect.fail(message),
  };
  const client = createClient({ url, ...defaults, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** Subscribes to the trades, and records updates and gaps. */
function listen(client: Client) {
  const prices: number[] = [];
  const gaps: Gap[] = [];
  const metas: UpdateMeta[] = [];
  let wake = () => {};
  const handle = client.subscribe(trades, AAPL, {
    onUpdate: ({ price }, meta) => {
      prices.push(price);
      metas.push(meta);
      wake();
    },
    onGap: (gap) => gaps.push(gap),
  });
  const count = async (wanted: number) => {
    while (prices.length < wanted) await new Promise<void>((resolve) => (wake = resolve));
    return prices;
  };
  return { handle, count, gaps, metas };
}

test("streams over the platform's own WebSocket, and disconnects when the client is closed", async () => {
  const server = await RemoteServer.start();
  const client = connect(server.url);
  const { handle, count } = listen(client);
  await handle.ready;
  await server.publish(1, 2, 3);
  expect(await count(3)).toEqual([1, 2, 3]);
  client.close();
  expect(await server.disconnected()).toEqual({ sockets: 1, requests: ["trades.subscribe"] });
});

test("resumes after a cut connection without a lost update, a duplicate or a gap", async () => {
  const server = await RemoteServer.start();
  const client = connect(server.url);
  const { handle, count, gaps, metas } = listen(client);
  await handle.ready;
  await server.publish(1, 2);
  await count(2);
  await server.cut(3, 4);
  await count(4);
  await server.publish(5);
  expect(await count(5)).toEqual([1, 2, 3, 4, 5]);
  expect(metas.map(({ recovered }) => recovered)).toEqual([false, false, true, true, false]);
  expect(gaps).toEqual([]);
  client.close();
  expect(await server.disconnected()).toEqual({ sockets: 2, requests: ["trades.subscribe", "trades.subscribe"] });
});
