import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { systemRandom } from "@trading/ws-server";
import { ManualClock, RecordingLogger } from "@trading/ws-server/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Broker } from "../../../src/modules/broker/broker.js";
import { openPostgresStore } from "../../../src/modules/broker/store/postgres.js";
import { until } from "../../until.js";
import { FakeMarket } from "./fake-market.js";
import { hasPostgres, type PostgresServer, startPostgres } from "./postgres-server.js";

const LIMIT = { symbol: "AAPL", type: 1, side: 1, qty: 10, limitPrice: 90 } as const;
const ORDERS = 100;
const ORDERS_PER_ROUND_TRIP = 10;
const ACCOUNTS = 20;

describe.skipIf(!hasPostgres)("a PostgreSQL that is far away", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  // Time is not measured: the test delivers the replies of the database, and counts how often an order waits for that.
  test("an order waits for at most two round trips, and the median stays below three with accounts that are loaded first", async () => {
    const wire = await wireTo(server.socket);
    const store = openPostgresStore(wire.url(await server.create("far")), () => {});
    const market = new FakeMarket();
    market.setTopOfBook("AAPL", 99.9, 100.1);
    const clock = new ManualClock(0);
    const broker = await Broker.open({ store, market, clock, random: systemRandom, logger: new RecordingLogger() });
    onTestFinished(() => {
      wire.isLong = false;
      wire.deliver();
      return broker.close();
    });
    // Opens the connections for reading. Accounts are in memory from their first order on.
    await broker.place("A-0", LIMIT, "first");

    const known = await waitsOf(() => "A-0");
    expect(known).toHaveLength(ORDERS);
    expect(Math.max(...known)).toBeLessThanOrEqual(2);
    const all = await waitsOf((order) => `B-${order % ACCOUNTS}`);
    expect(medianOf(all)).toBeLessThan(3);
    // The load and the commit that are in progress, its own load, and its own commit.
    expect(Math.max(...all)).toBeLessThanOrEqual(4);

    /** Places orders before and after each statement is sent. @returns the round trips that each order has waited for */
    async function waitsOf(accountOf: (order: number) => string): Promise<number[]> {
      wire.isLong = true;
      const waits: number[] = [];
      let placed = 0;
      const place = async () => {
        const account = accountOf(placed++);
        const before = wire.roundTrips;
        await broker.place(account, LIMIT, `${account} ${placed}`);
        waits.push(wire.roundTrips - before);
      };
      while (waits.length < ORDERS) {
        const count = Math.min(ORDERS_PER_ROUND_TRIP, ORDERS - placed);
        const orders = Array.from({ length: count }, (_, index) => index);
        for (const order of orders) if (order % 2 === 0) void place();
        await until(() => waits.length === ORDERS || wire.isBusy);
        for (const order of orders) if (order % 2 === 1) void place();
        await until(() => waits.length === ORDERS || (wire.isBusy && wire.hasReplied));
        wire.deliver();
      }
      wire.isLong = false;
      return waits;
    }
  });
});

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** PostgreSQL's ReadyForQuery outside a transaction, which ends the reply to a statement. */
const READY = Buffer.from("5a0000000549", "hex");

/** Starts a proxy that keeps the replies of the database until a test delivers them. */
async function wireTo(socketPath: string) {
  const connections = new Set<{ readonly client: Socket; replies: Buffer[]; isBusy: boolean }>();
  const hasReplied = ({ replies }: { readonly replies: readonly Buffer[] }) =>
    Buffer.concat(replies).subarray(-READY.length).equals(READY);
  const wire = {
    /** Whether replies are kept. */
    isLong: false,
    /** The number of times that replies were delivered. */
    roundTrips: 0,
    url: (url: string) => url.replace(/@.*[/]([^/?]+)[?].*/, `@127.0.0.1:${port}/$1`),
    /** Whether a statement is waiting for its reply. */
    get isBusy() {
      return [...connections].some(({ isBusy }) => isBusy);
    },
    /** Whether the replies to all statements have arrived here. */
    get hasReplied() {
      return [...connections].every((connection) => !connection.isBusy || hasReplied(connection));
    },
    deliver() {
      wire.roundTrips++;
      for (const connection of connections) {
        connection.client.write(Buffer.concat(connection.replies.splice(0)));
        connection.isBusy = false;
      }
    },
  };
  const proxy = createServer((client) => {
    const upstream = connect(socketPath);
    const connection = { client, replies: [] as Buffer[], isBusy: false };
    connections.add(connection);
    client.on("data", (data) => {
      connection.isBusy = wire.isLong;
      upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (wire.isLong) connection.replies.push(data);
      else client.write(data);
    });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on("error", () => {});
      from.on("close", () => {
        connections.delete(connection);
        to.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    for (const { client } of connections) client.destroy();
    proxy.close();
  });
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  return wire;
}
