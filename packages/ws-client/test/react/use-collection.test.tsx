// @vitest-environment happy-dom

import { orders, trades } from "@trading/topic/shapes";
import type { ReactNode } from "react";
import { expect, test } from "vitest";
import { type Collection, type CollectionOptions, useCollection } from "../../src/react/index.js";
import type { MemorySocket } from "../helpers/memory-network.js";
import { keyed, log, Probe, render } from "./page.js";

const ORDERS = 'orders:{"accountId":"A-1"}';
const TRADES = 'trades:{"symbol":"AAPL"}';
const ACCOUNT = { accountId: "A-1" };

interface Row {
  readonly id: string;
}

/** Shows a collection's ids, and all that was ever shown. */
function shown(useResult: () => Collection<Row>) {
  const pictures: string[] = [];
  const results: Collection<Row>[] = [];
  const probe = (
    <Probe
      useResult={useResult}
      onRender={(result) => {
        results.push(result);
        const { items, isComplete, status } = result;
        const picture = `${items.map(({ id }) => id)} ${status}${isComplete ? "" : ", not complete"}`;
        if (picture !== pictures.at(-1)) pictures.push(picture);
      }}
    />
  );
  return { probe, pictures, last: () => results.at(-1) as Collection<Row> };
}

const shownOrders = () => shown(() => useCollection(orders, ACCOUNT));
const shownTrades = (options?: CollectionOptions) => shown(() => useCollection(trades, { symbol: "AAPL" }, options));

/** A session whose snapshot has brought three orders. */
async function withOrders() {
  const page = shownOrders();
  const set = await render(page.probe, { session: true });
  const { socket, during } = set;
  await during(() => socket.confirm(socket.sent[0], ORDERS, keyed(3, { snapshot: true })));
  for (const [index, id] of ["a", "b", "c"].entries()) await during(() => socket.update(ORDERS, { id }, index + 4));
  await during(() => socket.current(ORDERS, "e1", 6));
  return { ...page, ...set };
}

/** The server has begun a new run of the topic: nothing can be recovered, its whole state follows. */
const refused = (socket: MemorySocket) => socket.confirm(socket.sent[0], ORDERS, anew);
const anew = keyed(0, { epoch: "e2", snapshot: true, recovered: false });

test("shows a state while it arrives, and says when it is complete", async () => {
  const { pictures } = await withOrders();
  expect(pictures).toEqual([
    " pending, not complete",
    " syncing, not complete",
    "a syncing, not complete",
    "a,b syncing, not complete",
    "a,b,c syncing, not complete",
    "a,b,c live",
  ]);
});

test("no orders is another result than orders that have not come yet", async () => {
  const { probe, pictures } = shownOrders();
  const { socket, during } = await render(probe, { session: true });
  await during(() => socket.confirm(socket.sent[0], ORDERS, keyed(0, { snapshot: true })));
  await during(() => socket.current(ORDERS, "e1", 0));
  expect(pictures).toEqual([" pending, not complete", " syncing, not complete", " live"]);
});

test("an update takes its key's place; new keys stand last, and what did not change is the same object", async () => {
  const { socket, during, last } = await withOrders();
  const [a, b] = last().items;
  await during(() => socket.update(ORDERS, { id: "b", qty: 2 }, 7));
  await during(() => socket.update(ORDERS, { id: "d" }, 8));
  expect(last().items).toEqual([{ id: "a" }, { id: "b", qty: 2 }, { id: "c" }, { id: "d" }]);
  expect([last().items[0] === a, last().items[1] === b]).toEqual([true, false]);
});

test("mounting renders once, as long as nothing is known", async () => {
  const seen: unknown[] = [];
  const probe = (
    <Probe useResult={() => useCollection(trades, { symbol: "AAPL" })} onRender={(one) => seen.push(one)} />
  );
  await render(probe);
  expect(seen).toHaveLength(1);
});

test("a change of the status alone leaves the list the same object", async () => {
  const { socket, during, last } = await withOrders();
  const { items } = last();
  await during(() => socket.end());
  expect([last().status, last().items === items]).toEqual(["pending", true]);
});

test("a hundred updates between two frames are one render", async () => {
  const { socket, during, pictures } = await withOrders();
  pictures.splice(0);
  await during(() => {
    for (let id = 0; id < 100; id++) socket.update(ORDERS, { id: String(id) }, 7 + id);
  });
  expect(pictures).toHaveLength(1);
});

test("after a gap the table is never empty: rows stay in place until the state is complete, then leave", async () => {
  const { during, reconnect, pictures, last } = await withOrders();
  pictures.splice(0);
  const next = await reconnect();
  await during(() => refused(next));
  await during(() => next.update(ORDERS, { id: "c" }, 1));
  await during(() => next.update(ORDERS, { id: "d" }, 2));
  await during(() => next.update(ORDERS, { id: "a", qty: 5 }, 3));
  await during(() => next.current(ORDERS, "e2", 3));
  expect(pictures).toEqual(["a,b,c pending", "a,b,c syncing", "a,b,c,d syncing", "a,c,d live"]);
  expect(last()).toMatchObject({ items: [{ id: "a", qty: 5 }, { id: "c" }, { id: "d" }], gaps: 0 });
});

test("a state whose arrival is interrupted drops nothing before it is complete", async () => {
  const { during, reconnect, pictures } = await withOrders();
  const second = await reconnect();
  await during(() => refused(second));
  await during(() => second.update(ORDERS, { id: "c" }, 1));
  pictures.splice(0);
  const third = await reconnect();
  await during(() => third.confirm(third.sent[0], ORDERS, keyed(1, { epoch: "e2", recovered: true })));
  await during(() => third.update(ORDERS, { id: "a" }, 2));
  await during(() => third.current(ORDERS, "e2", 2));
  expect(pictures).toEqual(["a,b,c pending", "a,b,c syncing", "a,c live"]);
});

test("what is recovered after a lost connection is no gap, and removes nothing", async () => {
  const { during, reconnect, last } = await withOrders();
  const next = await reconnect();
  await during(() => next.confirm(next.sent[0], ORDERS, keyed(6, { recovered: true })));
  await during(() => next.update(ORDERS, { id: "d" }, 7));
  await during(() => next.current(ORDERS, "e1", 7));
  expect(last()).toMatchObject({ items: [{ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }], gaps: 0 });
});

test("a refusal keeps what was shown, with the error beside it", async () => {
  const { during, reconnect, last } = await withOrders();
  const next = await reconnect();
  await during(() => next.refuse(next.sent[0], { code: "forbidden", topic: ORDERS }));
  expect(last()).toMatchObject({ items: [{ id: "a" }, { id: "b" }, { id: "c" }], status: "error" });
  expect(last().error?.code).toBe("forbidden");
});

test("of a log the last are kept, oldest first, equal ones too", async () => {
  const { probe, last } = shownTrades({ last: 3 });
  const { socket, during } = await render(probe);
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => {
    for (const id of ["a", "b", "b", "c"]) socket.update(TRADES, { id });
  });
  expect(last().items.map(({ id }) => id)).toEqual(["b", "b", "c"]);
});

test("of a log a thousand are kept unless told otherwise, and none with 0", async () => {
  const many = shownTrades();
  const none = shownTrades({ last: 0 });
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

test("a log's gap is counted, and what was heard stays", async () => {
  const { probe, last } = shownTrades();
  const { socket, during, reconnect, errors } = await render(probe, { session: true });
  await during(() => socket.confirm(socket.sent[0], TRADES, log(5)));
  await during(() => socket.update(TRADES, { id: "6" }, 6));
  const next = await reconnect();
  await during(() => next.confirm(next.sent[0], TRADES, log(9, { epoch: "e2", recovered: false })));
  expect([last().items, last().gaps, errors]).toEqual([[{ id: "6" }], 1, []]);
});

test("on a server of the origin each reconnect is a gap, and a keyed list stays", async () => {
  const { probe, last } = shownOrders();
  const { socket, during, reconnect } = await render(probe);
  await during(() => socket.confirm(socket.sent[0], ORDERS));
  await during(() => socket.update(ORDERS, { id: "a" }));
  const next = await reconnect();
  await during(() => next.confirm(next.sent[0], ORDERS));
  expect(last()).toMatchObject({ items: [{ id: "a" }], gaps: 1, status: "live" });
});

test("a component that takes another's place in one commit goes on with its list", async () => {
  const page = (key: string, probe: ReactNode) => <div key={key}>{probe}</div>;
  const first = shownTrades();
  const { socket, during, show } = await render(page("1", first.probe));
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => socket.update(TRADES, { id: "a" }));
  const second = shownTrades();
  await show(page("2", second.probe));
  expect(second.pictures).toEqual(["a live"]);
  expect(socket.sent).toHaveLength(1);
  await show(null);
  const third = shownTrades();
  await show(page("3", third.probe));
  expect(third.pictures[0]).toBe(" pending, not complete");
});

test("two lists of one topic with other lengths are one subscription", async () => {
  const short = shownTrades({ last: 1 });
  const long = shownTrades({ last: 2 });
  const { socket, during } = await render([<i key="1">{short.probe}</i>, <i key="2">{long.probe}</i>]);
  await during(() => socket.confirm(socket.sent[0], TRADES));
  await during(() => {
    for (const id of ["a", "b"]) socket.update(TRADES, { id });
  });
  expect([short.last().items.length, long.last().items.length, socket.sent.length]).toEqual([1, 2, 1]);
});
