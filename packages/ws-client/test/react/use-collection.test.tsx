// @vitest-environment happy-dom

import { orders, trades } from "@trading/topic/shapes";
import type { ReactNode } from "react";
import { expect, test } from "vitest";
import { type Collection, useCollection } from "../../src/react/index.js";
import { keyed, log } from "../helpers/confirmations.js";
import type { MemorySocket } from "../helpers/memory-network.js";
import { Probe, render } from "./page.js";

const ORDERS = 'orders:{"accountId":"A-1"}';
const TRADES = 'trades:{"symbol":"AAPL"}';
const ACCOUNT = { accountId: "A-1" };

interface Row {
  readonly id: string;
}

/** Renders a component that records each collection it renders, as ids and status. */
function record(useResult: () => Collection<Row>) {
  const renders: string[] = [];
  const results: Collection<Row>[] = [];
  const probe = (
    <Probe
      useResult={useResult}
      onRender={(result) => {
        results.push(result);
        const { items, isComplete, status } = result;
        const render = `${items.map(({ id }) => id)} ${status}${isComplete ? "" : ", not complete"}`;
        if (render !== renders.at(-1)) renders.push(render);
      }}
    />
  );
  return { probe, renders, last: () => results.at(-1) as Collection<Row> };
}

const recordOrders = () => record(() => useCollection(orders, ACCOUNT));
const recordTrades = (options?: { readonly last: number }) =>
  record(() => useCollection(trades, { symbol: "AAPL" }, options));

/** Renders a session whose snapshot has three orders. */
async function withOrders() {
  const page = recordOrders();
  const set = await render(page.probe, { session: true });
  const { socket, during } = set;
  await during(() => socket.confirm(socket.sent[0], ORDERS, keyed(3, { snapshot: true })));
  for (const [index, id] of ["a", "b", "c"].entries()) await during(() => socket.update(ORDERS, { id }, index + 4));
  await during(() => socket.current(ORDERS, "e1", 6));
  return { ...page, ...set };
}

/** Confirms the topic in a new epoch: nothing is recovered, and a snapshot follows. */
const confirmNewEpoch = (socket: MemorySocket) => socket.confirm(socket.sent[0], ORDERS, newEpoch);
const newEpoch = keyed(0, { epoch: "e2", snapshot: true, recovered: false });

test("renders a snapshot while it arrives and reports when it is complete", async () => {
  const { renders } = await withOrders();
  expect(renders).toEqual([
    " pending, not complete",
    " syncing, not complete",
    "a syncing, not complete",
    "a,b syncing, not complete",
    "a,b,c syncing, not complete",
    "a,b,c live",
  ]);
});

test("distinguishes an empty snapshot from a pending one", async () => {
  const { probe, renders } = recordOrders();
  const { socket, during } = await render(probe, { session: true });
  await during(() => socket.confirm(socket.sent[0], ORDERS, keyed(0, { snapshot: true })));
  await during(() => socket.current(ORDERS, "e1", 0));
  expect(renders).toEqual([" pending, not complete", " syncing, not complete", " live"]);
});

test("updates a key in place, appends new keys, and keeps the identity of unchanged items", async () => {
  const { socket, during, last } = await withOrders();
  const [a, b] = last().items;
  await during(() => socket.update(ORDERS, { id: "b", qty: 2 }, 7));
  await during(() => socket.update(ORDERS, { id: "d" }, 8));
  expect(last().items).toEqual([{ id: "a" }, { id: "b", qty: 2 }, { id: "c" }, { id: "d" }]);
  expect([last().items[0] === a, last().items[1] === b]).toEqual([true, false]);
});

test("renders once on mount without known updates", async () => {
  const seen: unknown[] = [];
  const probe = (
    <Probe useResult={() => useCollection(trades, { symbol: "AAPL" })} onRender={(one) => seen.push(one)} />
  );
  await render(probe);
  expect(seen).toHaveLength(1);
});

test("keeps the identity of the list when only the status changes", async () => {
  const { socket, during, last } = await withOrders();
  const { items } = last();
  await during(() => socket.end());
  expect([last().status, last().items === items]).toEqual(["pending", true]);
});

test("renders a hundred updates between two frames once", async () => {
  const { socket, during, renders } = await withOrders();
  renders.splice(0);
  await during(() => {
    for (let id = 0; id < 100; id++) socket.update(ORDERS, { id: String(id) }, 7 + id);
  });
  expect(renders).toHaveLength(1);
});

test("keeps rows after a gap until the new snapshot is complete", async () => {
  const { during, reconnect, renders, last } = await withOrders();
  renders.splice(0);
  const next = await reconnect();
  await during(() => confirmNewEpoch(next));
  await during(() => next.update(ORDERS, { id: "c" }, 1));
  await during(() => next.update(ORDERS, { id: "d" }, 2));
  await during(() => next.update(ORDERS, { id: "a", qty: 5 }, 3));
  await during(() => next.current(ORDERS, "e2", 3));
  expect(renders).toEqual(["a,b,c pending", "a,b,c syncing", "a,b,c,d syncing", "a,c,d live"]);
  expect(last()).toMatchObject({ items: [{ id: "a", qty: 5 }, { id: "c" }, { id: "d" }], gaps: 0 });
});

test("removes nothing when a snapshot is interrupted", async () => {
  const { during, reconnect, renders } = await withOrders();
  const second = await reconnect();
  await during(() => confirmNewEpoch(second));
  await during(() => second.update(ORDERS, { id: "c" }, 1));
  renders.splice(0);
  const third = await reconnect();
  await during(() => third.confirm(third.sent[0], ORDERS, keyed(1, { epoch: "e2", recovered: true })));
  await during(() => third.update(ORDERS, { id: "a" }, 2));
  await during(() => third.current(ORDERS, "e2", 2));
  expect(renders).toEqual(["a,b,c pending", "a,b,c syncing", "a,c live"]);
});

test("does not count a recovered reconnect as a gap", async () => {
  const { during, reconnect, last } = await withOrders();
  const next = await reconnect();
  await during(() => next.confirm(next.sent[0], ORDERS, keyed(6, { recovered: true })));
  await during(() => next.update(ORDERS, { id: "d" }, 7));
  await during(() => next.current(ORDERS, "e1", 7));
  expect(last()).toMatchObject({ items: [{ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }], gaps: 0 });
});

test("keeps the items and reports the error after a refusal", async () => {
  const { during, reconnect, last } = await withOrders();
  const next = await reconnect();
  await during(() => next.refuse(next.sent[0], { code: "forbidden", topic: ORDERS }));
  expect(last()).toMatchObject({ items: [{ id: "a" }, { id: "b" }, { id: "c" }], status: "error" });
  expect(last().error?.code).toBe("forbidden");
});

test("keeps the last updates of a log, oldest first, including equal ones", async () => {
  const { probe, last } = recordTrades({ last: 3 });
  const { socket, during } = await render(probe);
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => {
    for (const id of ["a", "b", "b", "c"]) socket.update(TRADES, { id });
  });
  expect(last().items.map(({ id }) => id)).toEqual(["b", "b", "c"]);
});

test("keeps 1,000 updates of a log by default, and none with last: 0", async () => {
  const many = recordTrades();
  const none = recordTrades({ last: 0 });
  const { socket, during } = await render([<i key="1">{many.probe}</i>, <i key="2">{none.probe}</i>]);
  await during(() => {
    for (let id = 0; id < 1_001; id++) socket.update(TRADES, { id: String(id) });
  });
  expect(many.last().items).toHaveLength(0);
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => {
    for (let id = 0; id < 1_001; id++) socket.update(TRADES, { id: String(id) });
  });
  expect([many.last().items.length, many.last().items[0]?.id, none.last().items.length]).toEqual([1_000, "1", 0]);
  expect(socket.sent).toHaveLength(1);
});

test("counts a gap of a log and keeps its items", async () => {
  const { probe, last } = recordTrades();
  const { socket, during, reconnect, errors } = await render(probe, { session: true });
  await during(() => socket.confirm(socket.sent[0], TRADES, log(5)));
  await during(() => socket.update(TRADES, { id: "6" }, 6));
  const next = await reconnect();
  await during(() => next.confirm(next.sent[0], TRADES, log(9, { epoch: "e2", recovered: false })));
  expect([last().items, last().gaps, errors]).toEqual([[{ id: "6" }], 1, []]);
});

test("counts every reconnect to a legacy server as a gap and keeps a keyed list", async () => {
  const { probe, last } = recordOrders();
  const { socket, during, reconnect } = await render(probe);
  await during(() => socket.confirm(socket.sent[0], ORDERS));
  await during(() => socket.update(ORDERS, { id: "a" }));
  const next = await reconnect();
  await during(() => next.confirm(next.sent[0], ORDERS));
  expect(last()).toMatchObject({ items: [{ id: "a" }], gaps: 1, status: "live" });
});

test("keeps the list when one component replaces another in one commit", async () => {
  const page = (key: string, probe: ReactNode) => <div key={key}>{probe}</div>;
  const first = recordTrades();
  const { socket, during, show } = await render(page("1", first.probe));
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => socket.update(TRADES, { id: "a" }));
  const second = recordTrades();
  await show(page("2", second.probe));
  expect(second.renders).toEqual(["a live"]);
  expect(socket.sent).toHaveLength(1);
  await show(null);
  const third = recordTrades();
  await show(page("3", third.probe));
  expect(third.renders[0]).toBe(" pending, not complete");
});

test("shares one subscription between lists of different lengths", async () => {
  const short = recordTrades({ last: 1 });
  const long = recordTrades({ last: 2 });
  const { socket, during } = await render([<i key="1">{short.probe}</i>, <i key="2">{long.probe}</i>]);
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => {
    for (const id of ["a", "b"]) socket.update(TRADES, { id });
  });
  expect([short.last().items.length, long.last().items.length, socket.sent.length]).toEqual([1, 2, 1]);
});
