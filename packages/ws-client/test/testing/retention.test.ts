import { orders as ordersRoute, type PlacedOrder } from "@trading/topic";
import { orders } from "@trading/topic/shapes";
import { createServer, defineModule, serve } from "@trading/ws-server";
import { MemoryClient, RecordingLogger, ScriptedSource } from "@trading/ws-server/testing";
import { expect, test } from "vitest";
import { type Client, createClient, type SocketConstructor, type SocketLike } from "../../src/index.js";
import { ManualClock, MemoryServer } from "../../src/testing/index.js";

const ANN = { accountId: "ann" };

/** A server of orders, whose clients share its clock. */
interface World {
  readonly clock: ManualClock;
  readonly WebSocket: SocketConstructor;
  publish(order: PlacedOrder): void;
  settle(): Promise<void>;
}

function memoryWorld(): World {
  const clock = new ManualClock();
  const server = new MemoryServer({ routes: { orders }, clock, heartbeatIntervalMs: 0 });
  return {
    clock,
    WebSocket: server.WebSocket,
    publish: (order) => server.publish("orders", ANN, order),
    settle: () => server.settled(),
  };
}

function engineWorld(): World {
  const clock = new ManualClock();
  const server = createServer({
    title: "Test",
    version: "1",
    modules: [defineModule({ name: "broker", version: "1", routes: [serve(ordersRoute, new ScriptedSource())] })],
    clock,
    logger: new RecordingLogger(),
    authenticate: (token) => ({ subject: token }),
    authorize: (principal) => principal !== undefined,
    heartbeatIntervalMs: 0,
    maxConnectionLifespanMs: 0,
  });
  class EngineSocket implements SocketLike {
    onopen: ((event: never) => void) | null = null;
    onmessage: ((event: never) => void) | null = null;
    onerror: ((event: never) => void) | null = null;
    onclose: ((event: never) => void) | null = null;
    readonly #client = MemoryClient.connect(server);

    constructor() {
      void this.#receive();
    }

    send(text: string): void {
      this.#client.send(text);
    }

    close(): void {
      this.#client.disconnect();
    }

    async #receive(): Promise<void> {
      await undefined;
      this.onopen?.({} as never);
      const end = this.#client.closed.then(() => undefined);
      for (;;) {
        const message = await Promise.race([this.#client.next().catch(() => undefined), end]);
        if (message === undefined) break;
        this.onmessage?.({ data: JSON.stringify(message) } as never);
      }
      this.onclose?.((await this.#client.closed) as never);
    }
  }
  return {
    clock,
    WebSocket: EngineSocket,
    publish: (order) => server.publish(ordersRoute, ANN, order),
    async settle() {
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** Subscribes to the orders, and returns the list of an application: each update sets its id, an eviction removes it. */
function listen(client: Client): Map<string, number> {
  const list = new Map<string, number>();
  client.subscribe(orders, ANN, {
    onUpdate: ({ id, status }) => list.set(id, status),
    onEvict: ({ id }) => list.delete(id),
  });
  return list;
}

test.each([
  ["memory server", memoryWorld],
  ["engine", engineWorld],
])("%s: after 2,000 finished orders, all listeners and a new client have the same orders", async (_, world) => {
  const { clock, WebSocket, publish, settle } = world();
  const errors: unknown[] = [];
  const connect = () =>
    createClient({
      url: "ws://memory",
      WebSocket,
      clock,
      getToken: () => "ann",
      onError: (error) => errors.push(error),
    });
  const client = connect();
  const allDay = listen(client);
  await settle();
  const order = (id: string, status: PlacedOrder["status"]): PlacedOrder => ({
    ...{ id, symbol: "AAPL", type: 2, side: 1, qty: 1, status },
  });
  publish(order("open", 6));
  for (let count = 0; count < 2_000; count++) {
    publish(order(`${count}`, 6));
    publish(order(`${count}`, count % 3 === 0 ? 1 : 2));
    await settle();
    clock.advance(43_200);
  }
  const newcomers: Client[] = [];
  const lists = async () => {
    const newcomer = connect();
    newcomers.push(newcomer);
    const all = [listen(newcomer), listen(client), allDay];
    await settle();
    return all.map((list) => [...list].sort());
  };
  const [fresh, late, old] = await lists();
  expect(fresh).toHaveLength(14);
  expect([late, old]).toEqual([fresh, fresh]);
  clock.advance(3_600_000);
  await settle();
  expect(await lists()).toEqual([[["open", 6]], [["open", 6]], [["open", 6]]]);
  expect(client.inspect().topics[0]?.known).toBe(1);
  expect(errors).toEqual([]);
  for (const each of [client, ...newcomers]) each.close();
});
