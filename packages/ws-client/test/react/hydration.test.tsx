// @vitest-environment happy-dom

import { bars as checkedBars } from "@trading/topic/checked-shapes";
import { bars, orders, quotes, type UpdateOf } from "@trading/topic/shapes";
import { act, type ReactNode, Suspense, use } from "react";
import { hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Client, type ClientOptions, createClient } from "../../src/index.js";
import { HydrationBoundary } from "../../src/react/hydration.js";
import {
  ClientProvider,
  type RestRoutes,
  useBarHistory,
  useCollection,
  useOrders,
  useQuote,
  useQuotes,
  useTopic,
} from "../../src/react/index.js";
import {
  type DehydratedState,
  hydratedTopics,
  prefetchBars,
  prefetchQuotes,
  prefetchTopic,
} from "../../src/ssr/index.js";
import { MemoryServer } from "../../src/testing/index.js";

beforeAll(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
});

const clients: Client[] = [];
const roots: Root[] = [];
afterEach(async () => {
  for (const root of roots.splice(0)) await act(async () => root.unmount());
  for (const client of clients.splice(0)) client.close();
  vi.restoreAllMocks();
});

const URL = "ws://memory/api/v1/ws";
const BARS = { symbol: "AAPL", resolution: "1" } as const;
const bar = (time: number, close: number) => ({ time, open: close, high: close, low: close, close, volume: 1 });
const quote = (n: string, lp: number) => ({ s: "ok", n, v: { lp } }) as UpdateOf<typeof quotes>;
const ACCOUNT = { accountId: "A-1" };
const WATCHED = { symbols: [], fast_symbols: ["AAPL", "MSFT"] };
const { signal } = new AbortController();

function connect(server: MemoryServer, options: Partial<ClientOptions> = {}): Client {
  const client = createClient({ url: URL, WebSocket: server.WebSocket, ...options });
  clients.push(client);
  return client;
}

/** Renders a page on a server and hydrates it, and records every text that the page shows. */
async function hydrate(
  server: MemoryServer,
  state: DehydratedState,
  children: ReactNode,
  { rest, token }: { rest?: RestRoutes; token?: string } = {},
) {
  const storage = hydratedTopics();
  const client = connect(server, { storage, ...(token && { getToken: () => token }) });
  const page = (shown: ReactNode) => (
    <ClientProvider client={client} rest={rest} requestFrame={(paint) => paint()}>
      <HydrationBoundary state={state} storage={storage}>
        {shown}
      </HydrationBoundary>
    </ClientProvider>
  );
  const html = renderToString(page(children));
  const container = document.createElement("div");
  container.innerHTML = html;
  const texts = [container.textContent];
  const observer = new MutationObserver(() => {
    if (container.textContent !== texts.at(-1)) texts.push(container.textContent);
  });
  observer.observe(container, { subtree: true, childList: true, characterData: true });
  const errors: unknown[] = [];
  const root = await act(async () =>
    hydrateRoot(container, page(children), { onRecoverableError: (error) => errors.push(error) }),
  );
  roots.push(root);
  const settled = () => act(async () => server.settled());
  await settled();
  return {
    client,
    storage,
    root,
    html,
    texts,
    errors,
    settled,
    show: async (shown: ReactNode) => {
      await act(async () => root.render(page(shown)));
      await settled();
    },
    subscribes: () => server.frames.filter(({ type }) => type.endsWith(".subscribe")),
  };
}

function List() {
  const { bySymbol, isComplete } = useQuotes(WATCHED);
  const prices = [...bySymbol.values()].map((known) => known.s === "ok" && known.v.lp);
  return <p>{isComplete ? prices.join(" ") : "loading"}</p>;
}

const Two = () => {
  const { value } = useQuote("MSFT", { select: (known) => known.s === "ok" && known.v.lp });
  return <p>{`${value} ${useTopic(bars, BARS).value?.close}`}</p>;
};

function Chart() {
  const { bars } = useBarHistory(BARS, { suspense: true });
  return <p>{bars.map(({ close }) => close).join(" ")}</p>;
}

function Orders() {
  const { items } = useOrders(ACCOUNT);
  return <p>{items.map(({ id }) => id).join(" ")}</p>;
}

const restOf = (loaded: readonly unknown[]) => ({ bars: async () => ({ bars: loaded }) }) as unknown as RestRoutes;

function Ends() {
  const { value, dataUpdatedAt } = useTopic(orders, ACCOUNT);
  const { history, hasOlder } = useBarHistory(BARS);
  return <p>{`${value?.id} ${dataUpdatedAt} ${history} ${hasOlder}`}</p>;
}

/** A part of a page whose code may still be loading. */
function Late({ code }: { code: () => Promise<void> | undefined }) {
  const loading = code();
  if (loading) use(loading);
  return <List />;
}

const Checked = () => <p>{useCollection(checkedBars, BARS).items.length}</p>;

const Both = () => (
  <>
    <p>{useTopic(bars, BARS).value?.close}</p>
    <List />
  </>
);

test("renders prefetched state on a server, continues from its position, and shows nothing else in between", async () => {
  const server = new MemoryServer({ routes: { quotes } });
  server.publish(quotes, WATCHED, quote("AAPL", 1));
  server.publish(quotes, WATCHED, quote("MSFT", 2));
  const state = await prefetchQuotes(connect(server), ["MSFT", "AAPL"], { signal });
  // Missed by the page, and sent after the resume.
  server.publish(quotes, WATCHED, quote("AAPL", 3));
  const page = await hydrate(server, [state, undefined], <List />);
  expect(page.html).toBe("<p>1 2</p>");
  expect(page.errors).toEqual([]);
  expect(page.texts).toEqual(["1 2", "3 2"]);
  expect(page.subscribes().at(-1)?.resume).toEqual({ epoch: state?.epoch, offset: 2 });
  server.publish(quotes, WATCHED, quote("MSFT", 4));
  await page.settled();
  expect(page.texts).toEqual(["1 2", "3 2", "3 4"]);
});

test("stores nothing on a server, where requests share the storage", async () => {
  const server = new MemoryServer({ routes: { quotes } });
  server.publish(quotes, WATCHED, quote("AAPL", 1));
  const state = await prefetchQuotes(connect(server), WATCHED.fast_symbols, { signal });
  const storage = hydratedTopics();
  const add = vi.spyOn(storage, "add");
  const page = (
    <ClientProvider client={connect(server, { storage })}>
      <HydrationBoundary state={[state]} storage={storage}>
        <List />
      </HydrationBoundary>
    </ClientProvider>
  );
  expect(renderToString(page)).toBe("<p>1</p>");
  expect(add).not.toHaveBeenCalled();
});

test("renders the prefetched quote of a symbol and the prefetched update of a topic", async () => {
  const server = new MemoryServer({ routes: { quotes, bars } });
  server.publish(quotes, WATCHED, quote("MSFT", 2));
  server.publish(bars, BARS, bar(1, 10));
  const source = connect(server);
  const state = await Promise.all([
    prefetchQuotes(source, WATCHED.fast_symbols, { signal }),
    prefetchTopic(source, bars, BARS, { signal }),
  ]);
  const { html, texts, errors } = await hydrate(server, state, <Two />);
  expect([html, texts, errors]).toEqual(["<p>2 10</p>", ["2 10"], []]);
});

test("renders prefetched bars, and loads only those since the last one", async () => {
  const server = new MemoryServer({ routes: { bars } });
  server.publish(bars, BARS, bar(2, 20));
  const queries: { from: number }[] = [];
  // The second one says that there are no older bars.
  const pages = [[bar(1, 10), bar(2, 20)], [], [bar(2, 21)]];
  const rest = {
    bars: async (query: { from: number }) => {
      queries.push(query);
      return { bars: pages.shift() ?? [] };
    },
  } as unknown as RestRoutes;
  const state = await prefetchBars(rest, BARS, { signal });
  const { html, texts, errors, settled } = await hydrate(server, [state], <Chart />, { rest });
  await settled();
  expect([html, errors]).toEqual(["<p>10 20</p>", []]);
  expect(texts[0]).toBe("10 20");
  expect(texts.every((text) => text?.startsWith("10 2"))).toBe(true);
  expect(queries[2]?.from).toBe(2);
});

test("a part of the page that is hydrated later matches the server's, although the state is outdated", async () => {
  const server = new MemoryServer({ routes: { quotes } });
  server.publish(quotes, WATCHED, quote("AAPL", 1));
  const state = await prefetchQuotes(connect(server), WATCHED.fast_symbols, { signal });
  let load = () => {};
  const chunk = new Promise<void>((resolve) => {
    load = resolve;
  });
  let renders = 0;
  // The first render is the server's, which has the code.
  const code = () => (renders++ === 0 ? undefined : chunk);
  const page = await hydrate(
    server,
    [state],
    <>
      <List />
      <Suspense>
        <Late code={code} />
      </Suspense>
    </>,
  );
  // The state becomes unused in a timer, which was set before this one.
  await new Promise((resolve) => setTimeout(resolve));
  server.publish(quotes, WATCHED, quote("AAPL", 5));
  await page.settled();
  await act(async () => load());
  expect([page.texts, page.errors]).toEqual([["11", "51", "55"], []]);
});

test("does not render the state again once its topic was subscribed to", async () => {
  const server = new MemoryServer({ routes: { quotes } });
  server.publish(quotes, WATCHED, quote("AAPL", 1));
  const state = await prefetchQuotes(connect(server), WATCHED.fast_symbols, { signal });
  const page = await hydrate(server, [state], <List />);
  // The state becomes unused in a timer, which was set before this one.
  await new Promise((resolve) => setTimeout(resolve));
  server.publish(quotes, WATCHED, quote("AAPL", 5));
  await page.settled();
  await page.show(null);
  await page.show(<List />);
  expect(page.texts).toEqual(["1", "5", "", "loading", "5"]);
});

test("shows private state until the user is logged in, and does not continue from its position", async () => {
  const server = new MemoryServer({ routes: { orders } });
  const order = { id: "1", status: 6 } as UpdateOf<typeof orders>;
  server.publish(orders, ACCOUNT, order);
  server.publish(orders, ACCOUNT, { ...order, id: "2" });
  const state = await prefetchTopic(connect(server, { getToken: () => "t" }), orders, ACCOUNT, { signal });
  const { html, texts, subscribes } = await hydrate(server, [state], <Orders />, { token: "t" });
  expect([html, texts]).toEqual(["<p>1 2</p>", ["1 2"]]);
  expect(subscribes().map(({ resume }) => resume)).toEqual([undefined, undefined]);
});

test("does not render the private state of a user who has logged out", async () => {
  const server = new MemoryServer({ routes: { orders, quotes } });
  server.publish(orders, ACCOUNT, { id: "1", status: 6 } as UpdateOf<typeof orders>);
  server.publish(quotes, WATCHED, quote("AAPL", 1));
  const source = connect(server, { getToken: () => "t" });
  const state = [
    await prefetchTopic(source, orders, ACCOUNT, { signal }),
    await prefetchQuotes(source, WATCHED.fast_symbols, { signal }),
  ];
  const page = await hydrate(server, state, null, { token: "t" });
  page.client.logout();
  await page.show(
    <>
      <Orders />
      <List />
    </>,
  );
  expect(page.texts).toEqual(["", "1"]);
});

test("leaves out state that is invalid or that the schema refuses, and reports it", async () => {
  const report = vi.spyOn(console, "error").mockImplementation(() => {});
  const server = new MemoryServer({ routes: { bars } });
  server.publish(bars, BARS, bar(1, 10));
  const state = await prefetchTopic(connect(server), bars, BARS, { signal });
  if (!state) throw new Error("no state");
  const invalid = [
    { ...state, offset: -1 },
    { ...state, kind: "rows" },
    { kind: "bars", topic: state.topic, bars: [{ time: "1" }], at: 1 },
    { ...state, known: [{ time: "now" }] },
    null,
    { ...state, epoch: 1 },
    { ...state, known: {} },
    { ...state, isPrivate: undefined },
    { ...state, at: "now" },
  ];
  const page = (
    <ClientProvider client={connect(server)}>
      <HydrationBoundary state={invalid as never}>
        <Checked />
      </HydrationBoundary>
    </ClientProvider>
  );
  expect(renderToString(page)).toBe("<p>0</p>");
  const messages = report.mock.calls.map(([error]) => (error as Error).message);
  expect(messages).toEqual([
    expect.stringContaining('Ignored state 0: expected "offset" to be an integer >= 0, got -1'),
    expect.stringContaining('Ignored state 1: expected "kind" to be "topic" or "bars", got "rows"'),
    expect.stringContaining('Ignored state 2: expected "bars" to be an array of bars, got [{"time":"1"}]'),
    expect.stringContaining('Ignored state 5: expected "epoch" to be a string, got 1'),
    expect.stringContaining('Ignored state 6: expected "known" to be an array, got {}'),
    expect.stringContaining('Ignored state 7: expected "isPrivate" to be a boolean, got undefined'),
    expect.stringContaining('Ignored state 8: expected "at" to be an integer >= 0, got "now"'),
    expect.stringContaining(`Ignored the state of ${state.topic}: `),
  ]);
});

test("an inner boundary adds to the state of an outer one", async () => {
  const server = new MemoryServer({ routes: { bars, quotes } });
  server.publish(bars, BARS, bar(1, 10));
  server.publish(quotes, WATCHED, quote("MSFT", 2));
  const source = connect(server);
  const outer = [await prefetchTopic(source, bars, BARS, { signal })];
  const inner = [await prefetchQuotes(source, WATCHED.fast_symbols, { signal })];
  const html = renderToString(
    <ClientProvider client={source}>
      <HydrationBoundary state={outer}>
        <HydrationBoundary state={inner}>
          <Both />
        </HydrationBoundary>
      </HydrationBoundary>
    </ClientProvider>,
  );
  expect(html).toBe("<p>10</p><p>2</p>");
  const all = [...outer, ...inner, await prefetchBars(restOf([bar(5, 50)]), BARS, { signal })];
  const inherited = renderToString(
    <ClientProvider client={source} rest={restOf([])}>
      <HydrationBoundary state={all}>
        <HydrationBoundary state={[]}>
          <Two />
          <Chart />
        </HydrationBoundary>
      </HydrationBoundary>
    </ClientProvider>,
  );
  expect(inherited).toContain("<p>2 10</p>");
  expect(inherited).toContain("<p>50</p>");
});

test("gives a topic its newest update and the server's time, and a history its end", async () => {
  const server = new MemoryServer({ routes: { orders } });
  const order = { id: "1", status: 6 } as UpdateOf<typeof orders>;
  server.publish(orders, ACCOUNT, order);
  server.publish(orders, ACCOUNT, { ...order, id: "2" });
  const source = connect(server, { getToken: () => "t" });
  const newest = await prefetchTopic(source, orders, ACCOUNT, { signal });
  const shown = (state: DehydratedState) =>
    renderToString(
      <ClientProvider client={source} rest={restOf([])}>
        <HydrationBoundary state={state}>
          <Ends />
        </HydrationBoundary>
      </ClientProvider>,
    );
  const ends = await Promise.all([[bar(1, 10)], []].map((loaded) => prefetchBars(restOf(loaded), BARS, { signal })));
  expect(shown([newest, ends[0]])).toBe(`<p>2 ${newest?.at} loaded true</p>`);
  expect(shown([newest, ends[1]])).toBe(`<p>2 ${newest?.at} empty false</p>`);
});

test("a boundary that is removed leaves no state in the storage", async () => {
  const server = new MemoryServer({ routes: { bars } });
  server.publish(bars, BARS, bar(1, 10));
  const state = await prefetchTopic(connect(server), bars, BARS, { signal });
  const { storage, root } = await hydrate(server, [state], null);
  await act(async () => root.render(null));
  expect(storage.load(bars.buildTopic(BARS), { url: URL })).toBeUndefined();
});
