// @vitest-environment happy-dom

import { bars as wholeBars } from "@trading/topic";
import { bars, trades } from "@trading/topic/shapes";
import { act, Component, type ReactNode, StrictMode, Suspense, useState } from "react";
import { expect, test, vi } from "vitest";
import { createClient } from "../../src/index.js";
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

class Boundary extends Component<{ children: ReactNode }, { message?: string }> {
  override state: { message?: string } = {};
  static getDerivedStateFromError(error: Error) {
    return { message: error.message };
  }
  override render() {
    return this.state.message ?? this.props.children;
  }
}

/** Something that is not there yet. */
class Thing {
  isThere = false;
  arrive!: () => void;
  readonly promise = new Promise<void>((resolve) => {
    this.arrive = () => {
      this.isThere = true;
      resolve();
    };
  });
}

/** Suspends until the thing is there. */
function Later({ thing }: { thing: Thing }) {
  if (!thing.isThere) throw thing.promise;
  return <b>there</b>;
}

test("under StrictMode many components are one socket and one subscribe, and every update comes once", async () => {
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

test("an unmounted page leaves no topic, no frame and nobody who is told", async () => {
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

test("a sibling that suspends neither subscribes twice nor loses what is known", async () => {
  const first = new Thing();
  const { container, socket, during, show, sent } = await render(
    <Suspense fallback="waiting">
      <Later thing={first} />
      <Close />
    </Suspense>,
  );
  expect([container.textContent, sent()]).toEqual(["waiting", []]);
  await during(first.arrive);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2)));
  expect(container.textContent).toBe("there2 live");
  const second = new Thing();
  const page = (
    <Suspense fallback="waiting">
      <Later thing={first} />
      <Close />
      <Later thing={second} />
    </Suspense>
  );
  await show(page);
  await during(() => socket.update(AAPL, bar(3)));
  await during(second.arrive);
  expect(container.textContent).toBe("there3 livethere");
  expect(sent()).toEqual(["bars.subscribe"]);
});

test("a symbol switched in state is followed", async () => {
  const { container, socket, during } = await render(<Switch />);
  await during(() => (container.querySelector("button") as HTMLButtonElement).click());
  expect(socket.sent.map(({ payload }) => payload.symbol)).toEqual(["AAPL", "MSFT", "AAPL"]);
});

test("another client is subscribed to anew, and the first one left", async () => {
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

test("a component that mounts while its topic is left in the same commit sends nothing", async () => {
  const { container, socket, during, show } = await render(<Close key="one" />);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2)));
  await show(<Close key="other" />);
  expect([container.textContent, socket.sent.length]).toEqual(["2 live", 1]);
});

test("useConnection renders the state and its reason", async () => {
  const { container, socket, during } = await render(<State />);
  expect(container.textContent).toBe("connected: Connected to ws://memory/api/v1/ws");
  await during(() => socket.end());
  expect(container.textContent).toBe("connecting: Connection lost (1006): trying again in 0.5 s");
});

test("a client that is closed is an error of its topics", async () => {
  const { container, client, during } = await render(<Close />);
  await during(() => client.close());
  expect(container.textContent).toBe("none error");
});

/** Renders what throws, and shows what a boundary caught. */
async function caught(page: ReactNode) {
  const container = document.createElement("div");
  const root = rootOf(container, { onCaughtError: () => {} });
  await act(async () => root.render(<Boundary>{page}</Boundary>));
  await tick();
  return container.textContent;
}

test("a boundary catches a hook without a provider, which says what to write", async () => {
  expect(await caught(<Close />)).toContain("wrap the tree in <ClientProvider");
});

test("a boundary catches parameters that a whole route's schema refuses", async () => {
  const { client } = setUp();
  const page = (
    <ClientProvider client={client}>
      <WholeClose symbol="" />
    </ClientProvider>
  );
  expect(await caught(page)).toMatch(/symbol.*at least 1/);
});

test("a boundary catches a selector that fails, while the page's other parts go on", async () => {
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

test("a boundary catches a platform without WebSocket, which is told what to do", async () => {
  vi.stubGlobal("WebSocket", undefined);
  const client = createClient({ url: "ws://memory/api/v1/ws" });
  const page = (
    <ClientProvider client={client}>
      <Close />
    </ClientProvider>
  );
  expect(await caught(page)).toContain("WebSocket");
  vi.unstubAllGlobals();
  client.close();
});
