// @vitest-environment happy-dom

import { bars, quotes, trades } from "@trading/topic/shapes";
import { act } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import { type Client, createClient } from "../../src/index.js";
import {
  ClientProvider,
  skip,
  useBars,
  useCollection,
  useConnection,
  useEquity,
  useQuotes,
  useTopic,
  useTopicEvents,
} from "../../src/react/index.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Renders the results of each kind of hook. */
function AllHooks() {
  const params = { symbol: "AAPL", resolution: "1" } as const;
  const results = [
    useTopic(bars, params, { select: ({ close }) => close }),
    useTopicEvents(quotes, { symbols: ["A"], fast_symbols: [] }, () => {}),
    useCollection(trades, { symbol: "AAPL" }),
    useBars(params),
    { ...useQuotes({ fast_symbols: ["A"] }), bySymbol: [] },
    useEquity(skip),
    useConnection(),
  ];
  return <pre>{JSON.stringify(results)}</pre>;
}

const page = (client: Client) => (
  <ClientProvider client={client}>
    <AllHooks />
  </ClientProvider>
);

test("renders every hook on a server without a WebSocket or a subscription", () => {
  vi.stubGlobal("WebSocket", undefined);
  vi.stubGlobal("requestAnimationFrame", undefined);
  const client = createClient({ url: "ws://memory/api/v1/ws" });
  const html = renderToString(page(client));
  expect(html.match(/pending/g)).toHaveLength(5);
  expect(html.match(/skipped/g)).toHaveLength(1);
  expect(html).toContain("Connects with the first subscription");
  expect(client.inspect().topics).toEqual([]);
});

test("hydrates without a mismatch, even if the client already has updates", async () => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  const html = renderToString(page(createClient({ url: "ws://memory/api/v1/ws" })));
  const { client, network } = setUp();
  network.socket.accept();
  const stop = client.subscribe(bars, { symbol: "AAPL", resolution: "1" }, () => {});
  await tick();
  network.socket.confirm(network.socket.sent[0], stop.topic);
  network.socket.update(stop.topic, { time: 1, close: 2 });
  const container = document.createElement("div");
  container.innerHTML = html;
  const serverNode = container.firstChild;
  const errors: unknown[] = [];
  const root = await act(async () =>
    hydrateRoot(container, page(client), { onRecoverableError: (error) => errors.push(error) }),
  );
  expect(errors).toEqual([]);
  expect(container.firstChild).toBe(serverNode);
  expect(JSON.parse(container.textContent ?? "").slice(0, 1)).toMatchObject([{ value: 2, status: "live" }]);
  expect(container.textContent).toContain("Connected to");
  await act(async () => root.unmount());
});
