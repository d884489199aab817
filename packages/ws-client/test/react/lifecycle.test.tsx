// @vitest-environment happy-dom

import { bars as wholeBars } from "@trading/topic";
import { bars, trades } from "@trading/topic/shapes";
import { Activity, act, Component, type ReactNode, StrictMode, Suspense, useEffect, useState } from "react";
import { expect, test, vi } from "vitest";
import { type Client, createClient } from "../../src/index.js";
import { ClientProvider, useCollection, useConnection, useTopic, useTopicEvents } from "../../src/react/index.js";
import { setUp } from "../helpers/harness.js";
import { MemoryNetwork, tick } from "../helpers/memory-network.js";
import { Probe, render, rootOf } from "./page.js";

const AAPL = 'bars:{"resolution":"1","symbol":"AAPL"}';
const TRADES = 'trades:{"symbol":"AAPL"}';
const bar = (close: number) => ({ time: 1, open: 1, high: 9, low: 1, close, volume: 10 });

function Close({ symbol = "AAPL" }: { symbol?: string }) {
  const { value, status } = useTopic(bars, { symbol, resolution: "1" });
  return <p>{`${value?.close ?? "none"} ${status}`}</p>;
}

function WholeClose({ symbol }: { symbol: string }) {
  return <p>{useTopic(wholeBars, { symbol, resolution: "1" }).value?.close}</p>;
}

function Tape({ onTrade }: { onTrade: () => void }) {
  useTopicEvents(trades, { symbol: "AAPL" }, onTrade);
  const { items } = useCollection(trades, { symbol: "AAPL" });
  return <p>{items.length}</p>;
}

function State() {
  const { status, reason } = useConnection();
  return <p>{`${status}: ${reason}`}</p>;
}

function Switch() {
  const [symbol, setSymbol] = useState("AAPL");
  return (
    <button type="button" onClick={() => setSymbol("MSFT")}>
      <Close symbol={symbol} />
    </button>
  );
}

/** Creates its client once, but closes it on every cleanup of its effect. */
function Owner() {
  const [client] = useState(() =>
    createClient({ url: "ws://memory/api/v1/ws", WebSocket: new MemoryNetwork().WebSocket }),
  );
  useEffect(() => () => client.close(), [client]);
  return (
    <ClientProvider client={client}>
      <Close />
    </ClientProvider>
  );
}

/** Creates its client in the effect that closes it. */
function EffectOwner({ create }: { create: () => Client }) {
  const [client, setClient] = useState<Client>();
  useEffect(() => {
    const created = create();
    setClient(created);
    return () => {
      created.close();
      setClient(undefined);
    };
  }, [create]);
  if (client === undefined) return null;
  return (
    <ClientProvider client={client}>
      <Close />
    </ClientProvider>
  );
}

class Boundary extends Component<{ children: ReactNode }, { message?: string }> {
  override state: { message?: string } = {};
  static getDerivedStateFromError(error: Error) {
    return { message: error.message };
  }
  override render() {
    return this.state.message ?? this.props.children;
  }
}

/** A resource that the test loads. */
class Resource {
  isLoaded = false;
  load!: () => void;
  readonly promise = new Promise<void>((resolve) => {
    this.load = () => {
      this.isLoaded = true;
      resolve();
    };
  });
}

/** Suspends until the resource is loaded. */
function Lazy({ resource }: { resource: Resource }) {
  if (!resource.isLoaded) throw resource.promise;
  return <b>loaded</b>;
}

test("opens one socket and sends one subscribe under StrictMode, and delivers every update once", async () => {
  const onTrade = vi.fn();
  const { network, socket, during, root, sent } = await render(
    <StrictMode>
      <Close />
      <Close />
      <Tape onTrade={onTrade} />
    </StrictMode>,
  );
  expect(sent().sort()).toEqual(["bars.subscribe", "trades.subscribe"]);
  await during(() =>
    socket.confirm(
      socket.sent.find(({ type }) => type === "trades.subscribe"),
      TRADES,
    ),
  );
  await during(() => socket.update(TRADES, { id: "1" }));
  expect(onTrade).toHaveBeenCalledTimes(1);
  await during(() => root.render(null));
  expect(sent().sort()).toEqual(["bars.subscribe", "bars.unsubscribe", "trades.subscribe", "trades.unsubscribe"]);
  expect(network.sockets).toHaveLength(1);
});

test("leaves no topic, scheduled frame or callback after unmounting", async () => {
  const onTrade = vi.fn();
  const { client, frames, socket, before, root } = await render(<Tape onTrade={onTrade} />);
  await before(() => socket.confirm(socket.sent[0], TRADES));
  await before(() => root.render(null));
  expect(client.inspect().topics).toEqual([]);
  await before(() => socket.update(TRADES, { id: "1" }));
  expect(onTrade).not.toHaveBeenCalled();
  const faults = vi.spyOn(console, "error");
  await act(async () => frames.paint());
  expect(faults).not.toHaveBeenCalled();
});

test("keeps subscription and state while a sibling suspends", async () => {
  const first = new Resource();
  const { container, socket, during, show, sent } = await render(
    <Suspense fallback="waiting">
      <Lazy resource={first} />
      <Close />
    </Suspense>,
  );
  expect([container.textContent, sent()]).toEqual(["waiting", []]);
  await during(first.load);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2)));
  expect(container.textContent).toBe("loaded2 live");
  const second = new Resource();
  const page = (
    <Suspense fallback="waiting">
      <Lazy resource={first} />
      <Close />
      <Lazy resource={second} />
    </Suspense>
  );
  await show(page);
  await during(() => socket.update(AAPL, bar(3)));
  await during(second.load);
  expect(container.textContent).toBe("loaded3 liveloaded");
  expect(sent()).toEqual(["bars.subscribe"]);
});

test("follows a symbol that changes in state", async () => {
  const { container, socket, during } = await render(<Switch />);
  await during(() => (container.querySelector("button") as HTMLButtonElement).click());
  expect(socket.sent.map(({ payload }) => payload.symbol)).toEqual(["AAPL", "MSFT", "AAPL"]);
});

test("unsubscribes from the old client and subscribes with the new one", async () => {
  const other = new MemoryNetwork();
  const { container, client, socket, during, root } = await render(<Close />);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  const next = createClient({ url: "ws://other/api/v1/ws", WebSocket: other.WebSocket });
  await during(() =>
    root.render(
      <ClientProvider client={next}>
        <Close />
      </ClientProvider>,
    ),
  );
  await during(() => other.socket.accept());
  expect([container.textContent, client.inspect().topics.length]).toEqual(["none pending", 0]);
  expect([socket.sent, other.socket.sent].map((sent) => sent.map(({ type }) => type))).toEqual([
    ["bars.subscribe", "bars.unsubscribe"],
    ["bars.subscribe"],
  ]);
  next.close();
});

test("sends nothing when one component replaces another with the same topic in one commit", async () => {
  const { container, socket, during, show } = await render(<Close key="one" />);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2)));
  await show(<Close key="other" />);
  expect([container.textContent, socket.sent.length]).toEqual(["2 live", 1]);
});

test("renders the connection's state and reason with useConnection", async () => {
  const { container, socket, during } = await render(<State />);
  expect(container.textContent).toBe("connected: Connected to ws://memory/api/v1/ws");
  await during(() => socket.end());
  expect(container.textContent).toBe("connecting: Connection lost (1006): trying again in 0.5 s");
});

test("names the likely cause if a component closes a client that it does not create again", async () => {
  const complaint = vi.spyOn(console, "error").mockImplementation(() => {});
  const container = document.createElement("div");
  const root = rootOf(container);
  await act(async () =>
    root.render(
      <StrictMode>
        <Owner />
      </StrictMode>,
    ),
  );
  const messages = complaint.mock.calls.map(String);
  complaint.mockRestore();
  expect(container.textContent).toBe("none error");
  expect(messages).toEqual([
    "Closed client: create it in the effect that closes it, because StrictMode repeats effects",
  ]);
});

test("renders with a client that a component creates in an effect, and leaves none open", async () => {
  const complaint = vi.spyOn(console, "error");
  const networks: MemoryNetwork[] = [];
  const clients: Client[] = [];
  const create = () => {
    const network = new MemoryNetwork();
    networks.push(network);
    clients.push(createClient({ url: "ws://memory/api/v1/ws", WebSocket: network.WebSocket }));
    return clients.at(-1) as Client;
  };
  const container = document.createElement("div");
  const root = rootOf(container);
  const show = (mode: "visible" | "hidden") =>
    act(async () =>
      root.render(
        <StrictMode>
          <Activity mode={mode}>
            <EffectOwner create={create} />
          </Activity>
        </StrictMode>,
      ),
    );
  const states = () => clients.map(({ state }) => state.status);
  await show("visible");
  expect([container.textContent, states()]).toEqual(["none pending", ["closed", "connecting"]]);
  await show("hidden");
  expect(states()).toEqual(["closed", "closed"]);
  await show("visible");
  expect([container.textContent, states().at(-1)]).toEqual(["none pending", "connecting"]);
  await act(async () => root.render(null));
  expect(new Set(states())).toEqual(new Set(["closed"]));
  expect(networks.flatMap(({ sockets }) => sockets).every(({ closedByClient }) => closedByClient)).toBe(true);
  expect(complaint.mock.calls).toEqual([]);
  complaint.mockRestore();
});

test("renders an error after the client is closed", async () => {
  const { container, client, during } = await render(<Close />);
  await during(() => client.close());
  expect(container.textContent).toBe("none error");
});

/** Renders a tree and returns the message that its error boundary caught. */
async function caughtMessage(page: ReactNode) {
  const container = document.createElement("div");
  const root = rootOf(container, { onCaughtError: () => {} });
  await act(async () => root.render(<Boundary>{page}</Boundary>));
  await tick();
  return container.textContent;
}

test("throws to the error boundary without a provider", async () => {
  expect(await caughtMessage(<Close />)).toContain("wrap the tree in <ClientProvider");
});

test("throws to the error boundary for parameters that the route's schema rejects", async () => {
  const { client } = setUp();
  const page = (
    <ClientProvider client={client}>
      <WholeClose symbol="" />
    </ClientProvider>
  );
  expect(await caughtMessage(page)).toMatch(/symbol.*at least 1/);
});

test("isolates a throwing selector in its error boundary", async () => {
  const { container, socket, during } = await render(
    <>
      <Close />
      <Boundary>
        <Probe
          useResult={() =>
            useTopic(
              bars,
              { symbol: "AAPL", resolution: "1" },
              {
                select: () => {
                  throw new Error("no such field");
                },
              },
            )
          }
          onRender={() => {}}
        />
      </Boundary>
    </>,
  );
  const faults = vi.spyOn(console, "error").mockImplementation(() => {});
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2)));
  expect(container.textContent).toBe("2 liveno such field");
  faults.mockRestore();
});

test("throws to the error boundary without a WebSocket", async () => {
  vi.stubGlobal("WebSocket", undefined);
  const client = createClient({ url: "ws://memory/api/v1/ws" });
  const page = (
    <ClientProvider client={client}>
      <Close />
    </ClientProvider>
  );
  expect(await caughtMessage(page)).toContain("WebSocket");
  vi.unstubAllGlobals();
  client.close();
});
