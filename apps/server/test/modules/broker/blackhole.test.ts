import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { systemRandom } from "@trading/ws-server";
import { ManualClock, RecordingLogger } from "@trading/ws-server/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Broker } from "../../../src/modules/broker/broker.js";
import { openPostgresStore } from "../../../src/modules/broker/store/postgres.js";
import { until } from "../../until.js";
import { FakeMarket } from "./fake-market.js";
import { FaultyStore, passUntil } from "./harness.js";
import { hasPostgres, type PostgresServer, startPostgres } from "./postgres-server.js";

const LIMIT = { symbol: "AAPL", type: 1, side: 1, qty: 10, limitPrice: 90 } as const;

describe.skipIf(!hasPostgres)("a network that swallows everything on the way to PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  test("each request is answered within the deadlines, and the broker runs again when the network does", async () => {
    const proxy = await proxyTo(server.socket);
    const store = new FaultyStore(openPostgresStore(proxy.url(await server.create("blackhole")), () => {}));
    const clock = new ManualClock(0);
    const market = new FakeMarket();
    market.setTopOfBook("AAPL", 99.9, 100.1);
    const broker = await Broker.open({ store, market, clock, random: systemRandom, logger: new RecordingLogger() });
    onTestFinished(() => broker.close());
    const first = await broker.place("A-1", LIMIT, "first");

    proxy.swallows = true;
    const commits = store.commits.length;
    const sent = broker.place("A-1", LIMIT, "second").catch(({ code }: { code: string }) => code);
    await until(() => store.commits.length > commits);
    const read = broker.executions("A-1", undefined, 10).catch(({ code }: { code: string }) => code);
    const queued = broker.snapshot("A-1").catch(({ code }: { code: string }) => code);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    clock.advance(4_000);
    expect(await queued).toBe("store_unavailable");
    expect(broker.readiness.status).toBe("unavailable");
    clock.advance(1_000);
    expect([await sent, await read]).toEqual(["in_doubt", "store_unavailable"]);

    proxy.swallows = false;
    proxy.cut();
    await passUntil(clock, () => broker.isReady);
    // The repeated order is placed once, whatever has become of the first attempt.
    await broker.place("A-1", LIMIT, "second");
    const { orders } = await broker.snapshot("A-1");
    expect(orders.map(({ idempotencyKey }) => idempotencyKey)).toEqual(["first", "second"]);
    expect(orders[0]?.id).toBe(first.id);
  });
});

/** Starts a proxy that a test can make swallow all bytes. */
async function proxyTo(socketPath: string) {
  const sockets = new Set<Socket>();
  const state = {
    swallows: false,
    url: (url: string) => url.replace(/@.*[/]([^/?]+)[?].*/, `@127.0.0.1:${port}/$1`),
    cut() {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
  };
  const proxy = createServer((socket) => {
    const upstream = connect(socketPath);
    const forward = (from: Socket, to: Socket) => {
      sockets.add(from.on("error", () => {}));
      from.on("data", (data) => {
        if (!state.swallows) to.write(data);
      });
      from.on("close", () => to.destroy());
    };
    forward(socket, upstream);
    forward(upstream, socket);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    state.cut();
    proxy.close();
  });
  await once(proxy, "listening");
  const { port } = proxy.address() as AddressInfo;
  return state;
}
