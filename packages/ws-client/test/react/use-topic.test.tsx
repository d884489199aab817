// @vitest-environment happy-dom

import { bars, equity, type UpdateOf } from "@trading/topic/shapes";
import { expect, test, vi } from "vitest";
import { ClientProvider, skip, type TopicOptions, useTopic } from "../../src/react/index.js";
import { keyed } from "../helpers/confirmations.js";
import { Probe, render } from "./page.js";

type Bar = UpdateOf<typeof bars>;

const AAPL = 'bars:{"resolution":"1","symbol":"AAPL"}';
const EQUITY = 'equity:{"accountId":"A-1"}';
const bar = (close: number, high = 9) => ({ time: 1, open: 1, high, low: 1, close, volume: 10 });

function Close({ symbol = "AAPL", flush }: { symbol?: string | undefined } & Pick<TopicOptions<Bar>, "flush">) {
  const params = symbol === "" ? skip : ({ symbol, resolution: "1" } as const);
  const { value, status, error } = useTopic(bars, params, flush && { flush });
  return <p>{`${value?.close ?? "none"} ${status}${error ? ` ${error.code}` : ""}`}</p>;
}

/** Renders a component that selects from a bar and records its renders. */
function partOf<Value>(options: TopicOptions<Bar, Value>) {
  const renders: string[] = [];
  const part = (
    <Probe
      useResult={() => useTopic(bars, { symbol: "AAPL", resolution: "1" }, options)}
      onRender={({ value, status }) => renders.push(`${JSON.stringify(value)} ${status}`)}
    />
  );
  return { part, renders };
}

test("renders the status and each update", async () => {
  const { container, socket, during } = await render(<Close />);
  expect(container.textContent).toBe("none pending");
  await during(() => socket.confirm(socket.sent[0], AAPL));
  expect(container.textContent).toBe("none live");
  await during(() => socket.update(AAPL, bar(2)));
  expect(container.textContent).toBe("2 live");
  await during(() => socket.update(AAPL, bar(3)));
  expect(container.textContent).toBe("3 live");
  await during(() => socket.end());
  expect(container.textContent).toBe("3 pending");
});

test("renders an error of the topic until the client retries", async () => {
  const { container, socket, clock, during } = await render(<Close />);
  await during(() => socket.refuse(socket.sent[0], { code: "source_unavailable", retryable: true, topic: AAPL }));
  expect(container.textContent).toBe("none error source_unavailable");
  await during(() => clock.advance(1_000));
  expect(container.textContent).toBe("none pending");
});

test("keeps the value while the topic moves to another server, with the reason", async () => {
  const results: string[] = [];
  const probe = (
    <Probe
      useResult={() => useTopic(bars, { symbol: "AAPL", resolution: "1" })}
      onRender={({ value, status, reason, error }) =>
        results.push([value?.close, status, reason, error].join(" ").trim())
      }
    />
  );
  const { socket, during } = await render(probe);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2)));
  await during(() =>
    socket.say({ type: "subscription.ended", payload: { topic: AAPL, code: "moved", retryable: true } }),
  );
  expect(results.slice(-2)).toEqual(["2 live", "2 syncing moved"]);
});

test("renders known updates on the first render of a component that mounts later", async () => {
  const { part, renders } = partOf({});
  const { socket, during, show } = await render(<Close key="first" />);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2)));
  await show([<Close key="first" />, <div key="second">{part}</div>]);
  expect(renders).toEqual([`${JSON.stringify(bar(2))} live`]);
  expect(socket.sent).toHaveLength(1);
});

test("drops the old value when parameters change", async () => {
  const { container, socket, during, show } = await render(<Close />);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2)));
  await show(<Close symbol="MSFT" />);
  expect(container.textContent).toBe("none pending");
  expect(socket.sent.map(({ type, payload }) => `${type} ${payload.symbol}`)).toEqual([
    "bars.subscribe AAPL",
    "bars.subscribe MSFT",
    "bars.unsubscribe AAPL",
  ]);
});

test("sends nothing for a new object with equal parameters", async () => {
  const { socket, show } = await render(<Close />);
  await show(<Close />);
  await show(<Close />);
  expect(socket.sent).toHaveLength(1);
});

test("unsubscribes for skip, which is null", async () => {
  const { container, socket, show, sent } = await render(<Close symbol="" />);
  expect(container.textContent).toBe("none skipped");
  expect(sent()).toEqual([]);
  await show(<Close />);
  expect(container.textContent).toBe("none pending");
  await show(<Close symbol="" />);
  expect(container.textContent).toBe("none skipped");
  expect(socket.sent.map(({ type }) => type)).toEqual(["bars.subscribe", "bars.unsubscribe"]);
  expect(skip).toBeNull();
});

test("renders only the last of a hundred updates between two frames", async () => {
  const { part, renders } = partOf({ select: ({ close }) => close });
  const { socket, frames, before, during } = await render(part);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  renders.splice(0);
  for (let close = 1; close <= 100; close++) await before(() => socket.update(AAPL, bar(close)));
  expect([renders, frames.pending]).toEqual([[], 1]);
  await during(() => {});
  expect(renders).toEqual(["100 live"]);
});

test("renders without a frame with flush: immediate", async () => {
  const { container, socket, frames, before } = await render(<Close flush="immediate" />);
  await before(() => socket.confirm(socket.sent[0], AAPL));
  await before(() => socket.update(AAPL, bar(2)));
  expect([container.textContent, frames.pending]).toEqual(["2 live", 0]);
});

test("uses requestAnimationFrame by default and renders immediately without it", async () => {
  const request = vi.fn();
  const { container, client, socket, root, before } = await render(null);
  const mount = () =>
    root.render(
      <ClientProvider client={client}>
        <Close />
      </ClientProvider>,
    );
  try {
    vi.stubGlobal("requestAnimationFrame", request);
    await before(mount);
    await before(() => socket.confirm(socket.sent[0], AAPL));
    expect([request.mock.calls.length, container.textContent]).toEqual([1, "none pending"]);
    await before(() => request.mock.calls[0]?.[0]());
    expect(container.textContent).toBe("none live");
    vi.stubGlobal("requestAnimationFrame", undefined);
    await before(() => socket.update(AAPL, bar(2)));
    expect(container.textContent).toBe("2 live");
  } finally {
    vi.unstubAllGlobals();
  }
});

test("does not render if the selected value is unchanged", async () => {
  const { part, renders } = partOf({ select: ({ close }) => close });
  const { socket, during } = await render(part);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  renders.splice(0);
  await during(() => socket.update(AAPL, bar(2, 10)));
  await during(() => socket.update(AAPL, bar(2, 11)));
  await during(() => socket.update(AAPL, bar(3, 12)));
  expect(renders).toEqual(["2 live", "3 live"]);
});

test("compares values with isEqual and keeps the identity of equal ones", async () => {
  const values = new Set<unknown>();
  const probe = () => (
    <Probe
      useResult={() =>
        useTopic(
          bars,
          { symbol: "AAPL", resolution: "1" },
          { select: ({ high }) => ({ high }), isEqual: (one, other) => one.high === other.high },
        )
      }
      onRender={({ value }) => values.add(value)}
    />
  );
  const { socket, during, show } = await render(probe());
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2, 10)));
  await during(() => socket.update(AAPL, bar(3, 10)));
  await show(probe());
  expect([...values]).toEqual([undefined, { high: 10 }]);
  await during(() => socket.update(AAPL, bar(3, 11)));
  expect([...values]).toEqual([undefined, { high: 10 }, { high: 11 }]);
});

test("selects from an update once, with a selector that keeps its identity", async () => {
  const select = vi.fn(({ close }: Bar) => close);
  const { part, renders } = partOf({ select });
  const { socket, during } = await render(part);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2)));
  await during(() => socket.update(AAPL, bar(3)));
  expect([renders.at(-1), select.mock.calls.map(([{ close }]) => close)]).toEqual(["3 live", [2, 3]]);
});

test("applies a changed selector in the same render", async () => {
  const seen: unknown[] = [];
  const probe = (name: "high" | "close") => (
    <Probe
      useResult={() => useTopic(bars, { symbol: "AAPL", resolution: "1" }, { select: (bar) => bar[name] })}
      onRender={({ value }) => seen.push(value)}
    />
  );
  const { socket, during, show } = await render(probe("close"));
  await during(() => socket.confirm(socket.sent[0], AAPL));
  await during(() => socket.update(AAPL, bar(2, 10)));
  await show(probe("high"));
  expect(seen).toEqual([undefined, undefined, 2, 10]);
});

test("shares one subscription between a hundred components and renders each once per frame", async () => {
  const { part, renders } = partOf({ select: ({ close }) => close });
  const page = Array.from({ length: 100 }, (_, index) => <div key={String(index)}>{part}</div>);
  const { socket, client, during, show } = await render(page);
  await during(() => socket.confirm(socket.sent[0], AAPL));
  renders.splice(0);
  await during(() => {
    for (let close = 1; close <= 10; close++) socket.update(AAPL, bar(close));
  });
  expect(renders).toEqual(Array(100).fill("10 live"));
  expect(socket.sent).toHaveLength(1);
  expect(client.inspect().topics[0]?.listeners).toBe(1);
  await show(page.slice(0, 1));
  expect(socket.sent).toHaveLength(1);
  await show(null);
  expect(socket.sent.map(({ type }) => type)).toEqual(["bars.subscribe", "bars.unsubscribe"]);
});

test("removes the value if the snapshot after a gap is empty", async () => {
  let shown = "";
  const probe = (
    <Probe
      useResult={() => useTopic(equity, { accountId: "A-1" })}
      onRender={({ value, status }) => {
        shown = `${value?.equity ?? "none"} ${status}`;
      }}
    />
  );
  const { socket, during, reconnect } = await render(probe, { session: true });
  await during(() => socket.confirm(socket.sent[0], EQUITY, keyed(0, { snapshot: true })));
  await during(() => socket.update(EQUITY, { equity: 5 }, 1));
  await during(() => socket.current(EQUITY, "e1", 1));
  expect(shown).toBe("5 live");
  const next = await reconnect();
  await during(() => next.confirm(next.sent[0], EQUITY, keyed(0, { epoch: "e2", snapshot: true, recovered: false })));
  expect(shown).toBe("5 syncing");
  await during(() => next.current(EQUITY, "e2", 0));
  expect(shown).toBe("none live");
});

test("does not compare the values of two topics with isEqual", async () => {
  const seen: unknown[] = [];
  const page = (symbol: string) => [
    <Close key="AAPL" />,
    <Close key="MSFT" symbol="MSFT" />,
    <Probe
      key="part"
      useResult={() =>
        useTopic(bars, { symbol, resolution: "1" }, { isEqual: (one, other) => one.high === other.high })
      }
      onRender={({ value }) => seen.push(value?.close)}
    />,
  ];
  const { socket, during, show } = await render(page("AAPL"));
  for (const [index, close] of [2, 3].entries()) {
    const topic = bars.buildTopic({ symbol: index === 0 ? "AAPL" : "MSFT", resolution: "1" });
    await during(() => socket.confirm(socket.sent[index], topic));
    await during(() => socket.update(topic, bar(close)));
  }
  expect(seen.at(-1)).toBe(2);
  await show(page("MSFT"));
  expect(seen.at(-1)).toBe(3);
});
