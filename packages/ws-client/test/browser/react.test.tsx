import { bars, trades } from "@trading/topic/shapes";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { expect, onTestFinished, test } from "vitest";
import { type ClientError, createClient } from "../../src/index.js";
import { ClientProvider, useCollection, useTopic, useTopicEvents } from "../../src/react/index.js";
import { RemoteServer } from "./node.js";

const AAPL = { symbol: "AAPL" } as const;

function Close() {
  const { value, status } = useTopic(bars, { ...AAPL, resolution: "1" });
  return <i>{`${value?.close ?? "none"} ${status}, `}</i>;
}

function Tape() {
  const [count, setCount] = useState(0);
  useTopicEvents(trades, AAPL, () => setCount((before) => before + 1));
  const { items, status } = useCollection(trades, AAPL);
  return <b>{`${count} events, ${items.length} trades ${status}`}</b>;
}

/** Renders under StrictMode, with the page's own WebSocket and animation frames. */
async function setUp() {
  const server = await RemoteServer.start();
  const onError = ({ message }: ClientError) => expect.fail(message);
  // Without a limit for connecting, so that a slow machine opens no second socket.
  const client = createClient({ url: server.url, connectTimeoutMs: 0, random: () => 0, onError });
  const container = document.createElement("div");
  const root = createRoot(container);
  onTestFinished(() => {
    root.unmount();
    client.close();
  });
  let wake = () => {};
  new MutationObserver(() => wake()).observe(container, { subtree: true, childList: true, characterData: true });
  root.render(
    <StrictMode>
      <ClientProvider client={client}>
        <Close />
        <Close />
        <Tape />
      </ClientProvider>
    </StrictMode>,
  );
  /** Waits until the page shows this text. */
  const shows = async (text: string) => {
    while (container.textContent !== text) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { server, client, root, shows };
}

test("under StrictMode a page opens one socket and subscribes to a topic once for any number of components", async () => {
  const { server, client, root, shows } = await setUp();
  await shows("none live, none live, 0 events, 0 trades live");
  await server.publish(1, 2);
  await shows("2 live, 2 live, 2 events, 2 trades live");
  root.render(<StrictMode />);
  await shows("");
  await server.replied(4);
  client.close();
  const { sockets, requests } = await server.disconnected();
  expect({ sockets, requests: [...requests].sort() }).toEqual({
    sockets: 1,
    requests: ["bars.subscribe", "bars.unsubscribe", "trades.subscribe", "trades.unsubscribe"],
  });
});

test("under StrictMode a cut connection costs one more socket, and one more subscribe per topic", async () => {
  const { server, client, shows } = await setUp();
  await shows("none live, none live, 0 events, 0 trades live");
  await server.publish(1);
  await shows("1 live, 1 live, 1 events, 1 trades live");
  await server.cut(2, 3);
  await shows("3 live, 3 live, 3 events, 3 trades live");
  client.close();
  const { sockets, requests } = await server.disconnected();
  expect({ sockets, requests: [...requests].sort() }).toEqual({
    sockets: 2,
    requests: ["bars.subscribe", "bars.subscribe", "trades.subscribe", "trades.subscribe"],
  });
});
