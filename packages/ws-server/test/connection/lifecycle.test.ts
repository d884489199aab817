import { get } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { createServer, defineModule, serve } from "../../src/index.js";
import { type ManualClock, MemoryClient, RecordingLogger } from "../../src/testing/index.js";
import { BusyClock } from "../helpers/busy-clock.js";
import { AAPL, bar } from "../helpers/data.js";
import { deferred, turns, until } from "../helpers/event-loop.js";
import { startMarket } from "../helpers/market.js";
import { bearer, NetworkClient } from "../helpers/network-client.js";
import { FakeSource, startServer } from "../helpers/server.js";

/** Waits until each client has a round trip with the server, or is closed. */
async function settledOrClosed(clients: readonly NetworkClient[]): Promise<void> {
  const open = clients.filter(({ isOpen }) => isOpen);
  await Promise.all(open.map((client) => Promise.race([client.settled(), client.closed])));
}

/** Advances a clock by a drain of 1 s, whose 20 batches each set the timer of the next one. */
async function passDrain(clock: ManualClock): Promise<void> {
  for (let step = 0; step < 20; step++) {
    clock.advance(50);
    await turns();
  }
}

describe("2.37 a lifespan", () => {
  test("is random for each session, from 80 to 100 % of the maximum, and is the maximum for a base connection", async () => {
    const fractions = [0, 0.25, 0.5, 0.999_999];
    let ids = 0;
    const random = { fraction: () => fractions.shift() ?? 0, id: () => `id-${ids++}` };
    const { clock, session, base } = await startMarket({
      random,
      heartbeatIntervalMs: 0,
      maxConnectionLifespanMs: 100_000,
    });
    const clients: NetworkClient[] = [];
    for (let count = 0; count < 4; count++) clients.push(await NetworkClient.session(session));
    const plain = await NetworkClient.connect(base);
    await plain.settled();
    const stops = [79_999, 80_000, 84_999, 85_001, 89_999, 90_000, 99_999, 100_000];
    const open: number[] = [];
    for (const stop of stops) {
      clock.advance(stop - clock.monotonic());
      await settledOrClosed(clients);
      open.push(clients.filter(({ isOpen }) => isOpen).length);
    }
    expect(open).toEqual([4, 3, 3, 2, 2, 1, 1, 0]);
    for (const client of clients) expect(await client.closed).toEqual({ code: 4201, reason: "Lifespan reached" });
    expect(await plain.closed).toEqual({
      code: 1003,
      reason: "Connection timed out. Heartbeat interval 0.0. Max connection lifespan 100.0",
    });
  });

  test("ends at different times for clients that connected together, so that they do not reconnect together", async () => {
    const { clock, session, server } = await startMarket({ heartbeatIntervalMs: 0, maxConnectionLifespanMs: 100_000 });
    const clients: NetworkClient[] = [];
    for (let count = 0; count < 100; count++) clients.push(await NetworkClient.connect(session));
    const open = () => clients.filter(({ isOpen }) => isOpen).length;
    await until(() => server.counts().connections === 100);
    let most = 0;
    clock.advance(80_000);
    for (let ms = 80_000; ms < 100_000; ms += 1_000) {
      const before = open();
      clock.advance(1_000);
      await settledOrClosed(clients);
      most = Math.max(most, before - open());
    }
    await until(() => server.counts().connections === 0);
    // On average 5 per second; without a random lifespan, 100 at the same time.
    expect(most).toBeLessThan(50);
  });
});

describe("a heartbeat over the network", () => {
  test("pings a session after half of the interval, keeps it open while it replies, and does not ping a base client", async () => {
    const { clock, session, base, server } = await startMarket();
    const [client, plain] = [await NetworkClient.session(session), await NetworkClient.connect(base)];
    await plain.settled();
    clock.advance(14_999);
    await client.settled();
    expect(client.pings).toBe(0);
    clock.advance(1);
    await client.settled();
    expect(client.pings).toBe(1);
    for (let half = 2; half <= 8; half++) {
      clock.advance(15_000);
      await client.settled();
      expect(client.pings).toBe(half);
    }
    expect(await plain.closed).toMatchObject({ code: 1003, reason: expect.stringContaining("Connection timed out") });
    expect(plain.pings).toBe(0);
    expect(client.isOpen).toBe(true);
    expect(server.counts().connections).toBe(1);
  });

  test("closes a session that does not reply with 4203 after the interval", async () => {
    const { clock, session } = await startMarket();
    const client = await NetworkClient.connect(session, { autoPong: false });
    await client.next();
    clock.advance(29_999);
    await client.settled();
    expect([client.pings, client.isOpen]).toEqual([1, true]);
    clock.advance(1);
    expect(await client.closed).toEqual({ code: 4203, reason: "Idle" });
  });

  test("counts unsolicited pongs of a session as activity, but not those of a base client", async () => {
    const { clock, session, base } = await startMarket();
    const client = await NetworkClient.connect(session, { autoPong: false });
    const plain = await NetworkClient.connect(base);
    await Promise.all([client.settled(), plain.settled()]);
    clock.advance(20_000);
    client.socket.pong();
    plain.socket.pong();
    await Promise.all([client.settled(), plain.settled()]);
    clock.advance(20_000);
    expect((await plain.closed).code).toBe(1003);
    await client.settled();
    expect(client.isOpen).toBe(true);
    clock.advance(10_000);
    expect((await client.closed).code).toBe(4203);
  });
});

describe("2.12 a blocked event loop", () => {
  test("closes 0 of 50 sessions after three stalls of 1.7 s with an interval of 0.5 s, and still closes a dead one", async () => {
    const clock = new BusyClock();
    const modules = [defineModule({ name: "datafeed", version: "1", routes: [] })];
    const logger = new RecordingLogger();
    const server = createServer({ title: "", version: "", modules, clock, logger, heartbeatIntervalMs: 500 });
    for (let count = 0; count < 50; count++) {
      MemoryClient.connect(server);
      // Their timers fire at different times, like those of clients that connected one after the other.
      clock.advance(10);
      await turns(2);
    }
    for (let stall = 0; stall < 3; stall++) {
      clock.stall(1_700);
      await turns();
      expect(server.counts().connections).toBe(50);
      for (let ms = 0; ms < 1_000; ms += 50) {
        clock.advance(50);
        await turns(2);
      }
      expect(server.counts().connections).toBe(50);
    }
    const dead = MemoryClient.connect(server);
    dead.stall();
    clock.stall(1_700);
    await turns();
    for (let ms = 0; ms < 1_000; ms += 50) {
      clock.advance(50);
      await turns(2);
    }
    expect((await dead.closed).code).toBe(4203);
    expect(server.counts().connections).toBe(50);
    await server.close();
  });

  test("closes 0 of 50 sessions on the network after three real stalls of 1.7 s", async () => {
    const { server, url } = await startServer({ heartbeatIntervalMs: 500 });
    const clients = await Promise.all(Array.from({ length: 50 }, () => NetworkClient.connect(`${url}?protocol=2`)));
    for (let stall = 0; stall < 3; stall++) {
      const before = clients.map(({ pings }) => pings);
      const end = performance.now() + 1_700;
      while (performance.now() < end);
      await until(
        () => server.counts().connections < 50 || clients.every(({ pings }, at) => pings > (before[at] as number) + 1),
      );
    }
    expect(server.counts().connections).toBe(50);
    expect(clients.filter(({ isOpen }) => isOpen)).toHaveLength(50);
  });
});

describe("2.42 draining", () => {
  test("notifies sessions, closes base connections in batches, refuses new connections, and then closes the sessions", async () => {
    const { server, clock, session, base, sources } = await startMarket({ heartbeatIntervalMs: 0 });
    const client = await NetworkClient.session(session, "ann");
    await client.request({ type: "bars.subscribe", payload: AAPL });
    await client.until("subscription.current");
    const plain = await Promise.all(Array.from({ length: 40 }, () => NetworkClient.connect(base)));
    await until(() => server.counts().connections === 41);
    let isClosed = false;
    const closed = server.close({ drainMs: 10_000 }).then(() => {
      isClosed = true;
    });
    expect(await client.next()).toEqual({ type: "server.draining", payload: { reconnectAfterMs: 10_000 } });
    // Subscriptions continue while the server drains.
    sources.bars.publish(bar(1));
    expect((await client.next()).type).toBe("bars.update");
    for (let step = 0; step < 20; step++) {
      if (step > 0) clock.advance(500);
      const expected = Math.max(1, 39 - 2 * step);
      await until(() => server.counts().connections <= expected);
      await client.settled();
      expect(server.counts().connections).toBe(expected);
    }
    for (const other of plain) expect(await other.closed).toEqual({ code: 1012, reason: "Service restart" });
    for (const url of [session, base]) {
      await expect(NetworkClient.connect(url)).rejects.toThrow("503");
      await expect(NetworkClient.connect(url, bearer("ann"))).rejects.toThrow("503");
    }
    expect([client.isOpen, isClosed]).toEqual([true, false]);
    clock.advance(500);
    expect(await client.closed).toEqual({ code: 1012, reason: "Service restart" });
    await closed;
    expect(server.counts()).toEqual({ connections: 0, topics: 0, subscriptions: 0 });
    expect(sources.bars.count("remove")).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test("refuses upgrades with 503 and Retry-After", async () => {
    const { server, clock, session } = await startMarket({ heartbeatIntervalMs: 0 });
    await NetworkClient.session(session);
    const closed = server.close({ drainMs: 1_000 });
    const response = await new Promise<{ status: number | undefined; retryAfter: string | undefined }>((resolve) => {
      const headers = {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      };
      get(session.replace("ws:", "http:"), { headers }, (response) => {
        response.resume();
        resolve({ status: response.statusCode, retryAfter: response.headers["retry-after"] });
      });
    });
    expect(response).toEqual({ status: 503, retryAfter: "1" });
    await passDrain(clock);
    await closed;
  });

  test("refuses a client whose token is being verified when the server begins to drain", async () => {
    const verified = deferred();
    const { server, clock, session } = await startMarket({
      authenticate: async () => {
        await verified.promise;
        return { subject: "ann" };
      },
    });
    const refused = expect(NetworkClient.connect(session, bearer("ann"))).rejects.toThrow("503");
    const other = await NetworkClient.session(session);
    const closed = server.close({ drainMs: 1_000 });
    await other.next();
    verified.resolve();
    await refused;
    await passDrain(clock);
    await closed;
  });

  test("ends early when all clients have disconnected", async () => {
    const { server, clock, session } = await startMarket({ heartbeatIntervalMs: 0 });
    const client = await NetworkClient.session(session);
    const closed = server.close({ drainMs: 100_000 });
    expect((await client.next()).type).toBe("server.draining");
    client.socket.close();
    await until(() => server.counts().connections === 0);
    clock.advance(5_000);
    await closed;
  });

  test("closes all connections and sources at the end of an await using block", async () => {
    const source = new FakeSource();
    let client: WebSocket | undefined;
    onTestFinished(() => client?.terminate());
    const { bars } = await import("@trading/topic");
    let code = 0;
    {
      const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, source)] })];
      await using server = createServer({ title: "", version: "", modules });
      const { url } = await server.listen();
      client = new WebSocket(url);
      client.once("close", (closeCode) => {
        code = closeCode;
      });
      client.once("open", () => client?.send(JSON.stringify({ type: "bars.subscribe", payload: AAPL })));
      await until(() => source.count("create") === 1);
    }
    expect(source.count("remove")).toBe(1);
    await until(() => code !== 0);
    expect(code).toBe(1012);
  });
});
