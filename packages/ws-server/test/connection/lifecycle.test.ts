import { get } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { createServer, defineModule, serve } from "../../src/index.js";
import { ManualClock, MemoryClient, RecordingLogger } from "../../src/testing/index.js";
import { bearer, NetworkClient, startMarket } from "../helpers/market.js";
import { deferred, FakeSource, startServer, until } from "../helpers/server.js";
import { AAPL, rest } from "../helpers/session.js";

/** A clock of a process that can be too busy for its timers: those due meanwhile fire at the end, late. */
class BusyClock extends ManualClock {
  #late: (() => void)[] | undefined;

  override after(delayMs: number, run: () => void): () => void {
    return super.after(delayMs, () => {
      if (this.#late === undefined) run();
      else this.#late.push(run);
    });
  }

  stall(ms: number): void {
    const late: (() => void)[] = [];
    this.#late = late;
    this.advance(ms);
    this.#late = undefined;
    for (const run of late) run();
  }
}

describe("2.37 a lifespan", () => {
  test("is drawn for each session from 80 to 100 % of the maximum, and is the maximum of a base connection", async () => {
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
    const ends: number[] = [];
    for (const client of clients)
      void client.closed.then(({ code }) => ends.push(code * 1_000_000 + clock.monotonic()));
    const stops = [79_999, 80_000, 84_999, 85_001, 89_999, 90_000, 99_999, 100_000];
    const open: number[] = [];
    for (const stop of stops) {
      clock.advance(stop - clock.monotonic());
      await rest();
      await Promise.all(clients.map((client) => (client.isOpen ? client.settled().catch(() => {}) : undefined)));
      open.push(clients.filter(({ isOpen }) => isOpen).length);
    }
    expect(open).toEqual([4, 3, 3, 2, 2, 1, 1, 0]);
    for (const client of clients) expect(await client.closed).toEqual({ code: 4201, reason: "Lifespan reached" });
    expect(await plain.closed).toEqual({
      code: 1003,
      reason: "Connection timed out. Heartbeat interval 0.0. Max connection lifespan 100.0",
    });
  });

  test("of clients that came together ends at different times, so that they do not come back together", async () => {
    const { clock, session, server } = await startMarket({ heartbeatIntervalMs: 0, maxConnectionLifespanMs: 100_000 });
    for (let count = 0; count < 100; count++) await NetworkClient.connect(session);
    await until(() => server.counts().connections === 100);
    let most = 0;
    clock.advance(80_000);
    for (let ms = 80_000; ms < 100_000; ms += 1_000) {
      const before = server.counts().connections;
      clock.advance(1_000);
      await until(() => server.connections.every(({ topics }) => topics.length === 0));
      await rest(12);
      most = Math.max(most, before - server.counts().connections);
    }
    await until(() => server.counts().connections === 0);
    // 5 % a second are due by chance; all at once would be 100.
    expect(most).toBeLessThan(50);
  });
});

describe("a heartbeat over a network", () => {
  test("asks a session after half of the interval, whose answers keep it, and asks a base client nothing", async () => {
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

  test("closes a session that answers nothing with 4203 after the whole interval", async () => {
    const { clock, session } = await startMarket();
    const client = await NetworkClient.connect(session, { autoPong: false });
    await client.next();
    clock.advance(29_999);
    await client.settled();
    expect([client.pings, client.isOpen]).toEqual([1, true]);
    clock.advance(1);
    expect(await client.closed).toEqual({ code: 4203, reason: "Idle" });
  });

  test("hears pongs that nobody asked for of a session, and not of a base client", async () => {
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

describe("2.12 a process that was held up", () => {
  test("three times for 1.7 s with an interval of 0.5 s ends 0 of 50 sessions, and then still those that are dead", async () => {
    const clock = new BusyClock();
    const modules = [defineModule({ name: "datafeed", version: "1", routes: [] })];
    const logger = new RecordingLogger();
    const server = createServer({ title: "", version: "", modules, clock, logger, heartbeatIntervalMs: 500 });
    for (let count = 0; count < 50; count++) {
      MemoryClient.connect(server);
      // Their timers lie apart, as those of clients that came one after the other.
      clock.advance(10);
      await rest(2);
    }
    for (let stall = 0; stall < 3; stall++) {
      clock.stall(1_700);
      await rest();
      expect(server.counts().connections).toBe(50);
      for (let ms = 0; ms < 1_000; ms += 50) {
        clock.advance(50);
        await rest(2);
      }
      expect(server.counts().connections).toBe(50);
    }
    const dead = MemoryClient.connect(server);
    dead.stall();
    clock.stall(1_700);
    await rest();
    for (let ms = 0; ms < 1_000; ms += 50) {
      clock.advance(50);
      await rest(2);
    }
    expect((await dead.closed).code).toBe(4203);
    expect(server.counts().connections).toBe(50);
    await server.close();
  });

  test("in earnest: a loop that is busy for 1.7 s three times ends 0 of 50 sessions", async () => {
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
  test("on a network: sessions are told, base clients leave in batches, nobody is let in, and then all are closed", async () => {
    const { server, clock, session, base, sources } = await startMarket({ heartbeatIntervalMs: 0 });
    const stays = await NetworkClient.session(session, "ann");
    await stays.ask({ type: "bars.subscribe", payload: AAPL });
    await stays.until("subscription.current");
    const plain = await Promise.all(Array.from({ length: 40 }, () => NetworkClient.connect(base)));
    await until(() => server.counts().connections === 41);
    let isClosed = false;
    const closed = server.close({ drainMs: 10_000 }).then(() => {
      isClosed = true;
    });
    expect(await stays.next()).toEqual({ type: "server.draining", payload: { reconnectAfterMs: 10_000 } });
    // What is held goes on meanwhile.
    sources.bars.publish({ time: 1, open: 1, high: 1, low: 1, close: 1, volume: 1 });
    expect((await stays.next()).type).toBe("bars.update");
    const left = [];
    for (let step = 0; step < 20; step++) {
      const due = Math.max(1, 41 - 2 * (step + 1));
      await until(() => server.counts().connections <= due);
      await rest(8);
      left.push(server.counts().connections);
      if (step < 19) clock.advance(500);
    }
    expect(left).toEqual(Array.from({ length: 20 }, (_, step) => Math.max(1, 39 - 2 * step)));
    for (const client of plain) expect(await client.closed).toEqual({ code: 1012, reason: "Service restart" });
    for (const url of [session, base]) {
      await expect(NetworkClient.connect(url)).rejects.toThrow("503");
      await expect(NetworkClient.connect(url, bearer("ann"))).rejects.toThrow("503");
    }
    expect([stays.isOpen, isClosed]).toEqual([true, false]);
    clock.advance(500);
    expect(await stays.closed).toEqual({ code: 1012, reason: "Service restart" });
    await closed;
    expect(server.counts()).toEqual({ connections: 0, topics: 0, subscriptions: 0 });
    expect(sources.bars.count("remove")).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test("refuses with 503, and when to come again", async () => {
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
      get(session.replace("ws:", "http:"), { headers }, (told) => {
        told.resume();
        resolve({ status: told.statusCode, retryAfter: told.headers["retry-after"] });
      });
    });
    expect(response).toEqual({ status: 503, retryAfter: "1" });
    for (let step = 0; step < 20; step++) {
      clock.advance(50);
      await rest();
    }
    await closed;
  });

  test("a client whose token is looked at when it begins is not let in", async () => {
    const answer = deferred();
    const { server, clock, session } = await startMarket({
      authenticate: async () => {
        await answer.promise;
        return { subject: "ann" };
      },
    });
    const waits = expect(NetworkClient.connect(session, bearer("ann"))).rejects.toThrow("503");
    const stays = await NetworkClient.session(session);
    const closed = server.close({ drainMs: 1_000 });
    await stays.next();
    answer.resolve();
    await waits;
    for (let step = 0; step < 20; step++) {
      clock.advance(50);
      await rest();
    }
    await closed;
  });

  test("ends early once everybody has left", async () => {
    const { server, clock, session } = await startMarket({ heartbeatIntervalMs: 0 });
    const client = await NetworkClient.session(session);
    const closed = server.close({ drainMs: 100_000 });
    expect((await client.next()).type).toBe("server.draining");
    client.socket.close();
    await until(() => server.counts().connections === 0);
    clock.advance(5_000);
    await closed;
  });

  test("at the end of a block of await using closes everything", async () => {
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
      client.once("close", (told) => {
        code = told;
      });
      client.once("open", () => client?.send(JSON.stringify({ type: "bars.subscribe", payload: AAPL })));
      await until(() => source.count("create") === 1);
    }
    expect(source.count("remove")).toBe(1);
    await until(() => code !== 0);
    expect(code).toBe(1012);
  });
});
