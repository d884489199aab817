// @vitest-environment happy-dom

import { orders } from "@trading/topic/shapes";
import { act } from "react";
import { expect, test } from "vitest";
import { createClient } from "../../src/index.js";
import {
  ClientProvider,
  type RestRoutes,
  useCancelOrder,
  useClosePosition,
  useModifyOrder,
  useOptimisticOrders,
  usePlaceOrder,
} from "../../src/react/index.js";
import { RestError } from "../../src/rest/index.js";
import { MemoryServer } from "../../src/testing/index.js";
import { Probe, rootOf } from "./page.js";

const ACCOUNT = { accountId: "A-1" };
const order = { id: "1", symbol: "AAPL", type: 1, side: 1, qty: 1, status: 6, limitPrice: 5 } as const;

function useAll() {
  return {
    place: usePlaceOrder("A-1"),
    modify: useModifyOrder("A-1"),
    cancel: useCancelOrder("A-1"),
    close: useClosePosition("A-1", { retries: 0 }),
    orders: useOptimisticOrders(ACCOUNT),
  };
}

/** @param useResult the hooks of the rendered component */
async function start(useResult = useAll) {
  const server = new MemoryServer({ routes: { orders } });
  const client = createClient({ url: "ws://memory/ws", WebSocket: server.WebSocket, getToken: () => "any" });
  const requests: { name: string; values: unknown[]; reply: (value: unknown) => void; fail: (error: Error) => void }[] =
    [];
  const rest = new Proxy({} as RestRoutes, {
    get:
      (_, name: string) =>
      (...values: unknown[]) =>
        new Promise((reply, fail) => requests.push({ name, values, reply, fail })),
  });
  let last = undefined as unknown as ReturnType<typeof useAll>;
  const root = rootOf(document.createElement("div"));
  const during = (action: () => void) =>
    act(async () => {
      action();
      await server.settled();
    });
  server.publish(orders, ACCOUNT, order);
  await during(() =>
    root.render(
      <ClientProvider client={client} rest={rest} requestFrame={(paint) => paint()}>
        <Probe
          useResult={useResult}
          onRender={(result) => {
            last = result;
          }}
        />
      </ClientProvider>,
    ),
  );
  const shown = () =>
    last.orders.items.map(
      ({ id, limitPrice, pending }) => `${id.length > 9 ? "new" : id}@${limitPrice} ${pending ?? "-"}`,
    );
  const end = () => act(async () => client.close());
  return { server, client, requests, during, shown, last: () => last, end };
}

test("shows an order while it is placed, and then the one of the stream", async () => {
  const { server, requests, during, shown, last, end } = await start();
  await during(() => void last().place.run({ symbol: "AAPL", type: 1, side: 1, qty: 2, limitPrice: 7 }));
  expect([last().place.status, shown()]).toEqual(["pending", ["1@5 -", "new@7 place"]]);
  expect(requests[0]).toMatchObject({ name: "placeOrder", values: ["A-1", { qty: 2 }, undefined, expect.any(String)] });
  await during(() => requests[0]?.reply({ orderId: "2" }));
  expect([last().place.status, last().place.reply, shown()]).toEqual(["done", { orderId: "2" }, ["1@5 -", "2@7 -"]]);
  await during(() => server.publish(orders, ACCOUNT, { ...order, id: "2", limitPrice: 7 }));
  expect(shown()).toEqual(["1@5 -", "2@7 -"]);
  await end();
});

test("shows new terms and a cancellation, and the old terms after a refusal", async () => {
  const { requests, during, shown, last, end } = await start();
  await during(() => void last().modify.run({ ...order, limitPrice: 6 }));
  expect(shown()).toEqual(["1@6 modify"]);
  await during(() => requests[0]?.fail(new RestError("not_working", "The order is filled", { status: 409 })));
  expect([last().modify.status, last().modify.error?.message, shown()]).toEqual([
    "refused",
    "The order is filled",
    ["1@5 -"],
  ]);
  await during(() => void last().cancel.run("1"));
  expect([shown(), requests[1]?.name]).toEqual([["1@5 cancel"], "cancelOrder"]);
  await during(() => requests[1]?.fail(new RestError("not_working", "The order is filled", { status: 409 })));
  await end();
});

test("reports a lost reply as unknown, and repeats it with the same key", async () => {
  const { requests, during, last, end } = await start();
  const { retry } = last().close;
  await during(() => void last().close.run({ positionId: "p1", amount: 3 }));
  await during(() => requests[0]?.fail(new RestError("no_reply", "No reply")));
  expect(last().close.status).toBe("unknown");
  await during(() => void retry());
  await during(() => requests[1]?.reply(undefined));
  expect(last().close.status).toBe("done");
  expect(requests.map(({ name, values }) => [name, ...values.slice(0, 3)])).toEqual(
    Array(2).fill(["closePosition", "A-1", "p1", 3]),
  );
  expect(requests[0]?.values[4]).toBe(requests[1]?.values[4]);
  await end();
});

test("shows no command of a user who has logged out in a component without the orders", async () => {
  const { client, during, last, end } = await start(
    () => ({ place: usePlaceOrder("A-1") }) as ReturnType<typeof useAll>,
  );
  await during(() => client.subscribe(orders, ACCOUNT, () => {}));
  await during(() => void last().place.run({ symbol: "AAPL", type: 1, side: 1, qty: 2 }));
  expect(last().place.status).toBe("pending");
  await during(() => client.logout());
  expect(last().place.status).toBe("idle");
  await end();
});

test("shows no command of a user who has logged out", async () => {
  const { client, requests, during, shown, last, end } = await start();
  await during(() => void last().place.run({ symbol: "AAPL", type: 1, side: 1, qty: 2, limitPrice: 7 }));
  await during(() => void last().cancel.run("1"));
  await during(() => requests[1]?.reply(undefined));
  expect([last().place.status, last().cancel.status, shown()]).toEqual(["pending", "done", ["1@5 -", "new@7 place"]]);
  await during(() => client.logout());
  expect([last().place, last().cancel]).toMatchObject([{ status: "idle" }, { status: "idle", input: undefined }]);
  expect(shown()).toEqual([]);
  await end();
});
