import dns from "node:dns";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "@trading/ws-server";
import { ManualClock } from "@trading/ws-server/testing";
import { Registry } from "prom-client";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { registerErrorHandlers } from "../../src/http/error-replies.js";
import { createHttpServer } from "../../src/http/http-server.js";
import { Refusals } from "../../src/http/refusals.js";
import type { SocketLimits } from "../../src/http/sockets.js";
import { countRefusals } from "../../src/monitoring/http-metrics.js";
import { silent } from "../helpers.js";

const read = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../fixtures/tls/${name}.pem`, import.meta.url)), "utf8");
const TLS = { cert: read("cert"), key: read("key") };

/** More than the kernel's buffers take from a server whose client does not read. */
const LONG = "x".repeat(16_000_000);

/** Starts a server with an endpoint `/long`, whose reply is long, and counts its connections and refusals. */
async function start(
  sockets: SocketLimits,
  options: { tls?: typeof TLS; trustedProxies?: string[] } = {},
  clock: Clock = systemClock,
) {
  const register = new Registry();
  const logged: unknown[] = [];
  const logger = { ...silent, warn: (...entry: unknown[]) => void logged.push(entry) };
  const refusals = new Refusals(clock, logger, countRefusals(register));
  const { http } = createHttpServer({ sockets, ...options }, { clock, refusals });
  registerErrorHandlers(http, "Not found.", () => {});
  http.get("/long", () => LONG);
  http.get("/short", () => "short");
  const slow = { isHandled: false, release: () => {} };
  const gate = new Promise<void>((resolve) => {
    slow.release = resolve;
  });
  http.get("/slow", async () => {
    slow.isHandled = true;
    await gate;
    return "late";
  });
  onTestFinished(() => {
    http.server.closeAllConnections();
    return http.close();
  });
  await http.listen({ port: 0, host: "127.0.0.1" });
  const { port } = http.server.address() as AddressInfo;
  const open = () => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  /** Waits until the server has closed every connection, also those that the client keeps half open. */
  const allClosed = async () => {
    const count = () => new Promise<number>((resolve) => http.server.getConnections((_error, open) => resolve(open)));
    while ((await count()) > 0) await new Promise((resolve) => setImmediate(resolve));
  };
  const refused = async (reason: string) => {
    const { values } = (await register
      .getSingleMetricAsString("trading_http_refused_total")
      .then(() => register.getSingleMetric("trading_http_refused_total")?.get())) as {
      values: { value: number; labels: { reason?: string } }[];
    };
    return values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
  };
  return { http, port, open, allClosed, refused, logged, slow };
}

async function connected(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => socket.readyState === "open" || once(socket, "connect")));
}

describe("connections of clients that stall", () => {
  test("without a TLS handshake are closed, and counted", async () => {
    const { open, allClosed, refused, logged } = await start({ handshakeTimeoutMs: 100 }, { tls: TLS });
    const sockets = Array.from({ length: 20 }, open);
    await connected(sockets);
    await allClosed();
    expect(await refused("tls_handshake")).toBe(20);
    expect(logged).toEqual([["A request was refused", { reason: "tls_handshake" }]]);
  });

  test("with half a TLS handshake, or with data that is none, are closed", async () => {
    const { open, allClosed, refused } = await start({ handshakeTimeoutMs: 100 }, { tls: TLS });
    const sockets = [open(), open(), open()];
    await connected(sockets);
    // The header of a record whose content never comes; no TLS; and a client that closes its side first.
    sockets[0]?.write(Buffer.from([22, 3, 1, 2, 0, 1]));
    sockets[1]?.write("GET / HTTP/1.1\r\n\r\n");
    sockets[2]?.end();
    await allClosed();
    expect(await refused("tls_handshake")).toBeGreaterThan(0);
  });

  test.each([
    ["HTTP", undefined],
    ["HTTPS", TLS],
  ])(
    "over %s without a complete request get 408 and are closed, also if they never close their side",
    async (_name, tls) => {
      // Long enough for the TLS handshake on a busy machine.
      const { open, allClosed, refused } = await start({ handshakeTimeoutMs: 2_000 }, tls && { tls });
      const socket = tls ? connectTls({ socket: open(), rejectUnauthorized: false }) : open();
      socket.on("error", () => {});
      onTestFinished(() => void socket.destroy());
      socket.write("GET /short HTTP/1.1\r\nhost: x\r\n");
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
      await allClosed();
      expect(await refused("request_timeout")).toBe(1);
    },
  );

  test.each([
    ["HTTP", undefined],
    ["HTTPS", TLS],
  ])("over %s that do not read the reply are closed, and their bytes released", async (_name, tls) => {
    const { port, open, allClosed, refused } = await start({ requestTimeoutMs: 200 }, tls && { tls });
    const connectOne = () => (tls ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }) : open());
    for (const socket of Array.from({ length: 5 }, connectOne)) {
      socket.on("error", () => {});
      onTestFinished(() => void socket.destroy());
      socket.pause();
      socket.write("GET /long HTTP/1.1\r\nhost: localhost\r\n\r\n");
    }
    while ((await refused("reply_timeout")) < 5) await new Promise((resolve) => setImmediate(resolve));
    await allClosed();
  });

  test("that read are served, and their timers end with their requests", async () => {
    const { port, refused } = await start({});
    const replies = await Promise.all(
      Array.from({ length: 3 }, async () => (await (await fetch(`http://127.0.0.1:${port}/long`)).text()).length),
    );
    expect(replies).toEqual([LONG.length, LONG.length, LONG.length]);
    expect(await refused("reply_timeout")).toBe(0);
  });

  test("because the server itself is slow are not closed", async () => {
    const clock = new ManualClock();
    const { port, refused, slow } = await start({ requestTimeoutMs: 1_000 }, {}, clock);
    const reply = fetch(`http://127.0.0.1:${port}/slow`).then((response) => response.text());
    while (!slow.isHandled) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10_000);
    slow.release();
    expect(await reply).toBe("late");
    expect(await refused("reply_timeout")).toBe(0);
  });
});

describe("the number of connections", () => {
  test.each([
    ["HTTP", undefined],
    ["HTTPS", TLS],
  ])("over %s is limited: the one without a request for longest makes room", async (_name, tls) => {
    const { open, refused, http } = await start({ maxConnections: 3 }, tls && { tls });
    const sockets: Socket[] = [];
    const ended: number[] = [];
    for (let index = 0; index < 5; index++) {
      const accepted = once(http.server, "connection");
      const socket = open().on("end", () => ended.push(index));
      sockets.push(socket.resume());
      await accepted;
    }
    while (ended.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toEqual([0, 1]);
    expect(await refused("connections")).toBe(2);
    expect(sockets.map(({ readableEnded }) => readableEnded)).toEqual([true, true, false, false, false]);
  });

  test("is limited while all of them have requests", async () => {
    const { open, refused } = await start({ maxConnections: 2, requestTimeoutMs: 60_000 });
    const busy = [open(), open()];
    for (const socket of busy) {
      socket.write("GET /long HTTP/1.1\r\nhost: localhost\r\n\r\n");
      await once(socket, "data");
      socket.pause();
    }
    await once(open().resume(), "end");
    await once(open().resume(), "end");
    expect(await refused("connections")).toBe(2);
    expect(busy.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  });

  test("is limited per address, except for those of proxies, whose connections belong to many clients", async () => {
    for (const [trustedProxies, count] of [
      [[], 1],
      [["127.0.0.1"], 0],
      // A loopback address can be that of a proxy.
      [undefined, 0],
    ] as const) {
      const { open, port, refused } = await start(
        { maxConnectionsPerAddress: 2 },
        trustedProxies && { trustedProxies: [...trustedProxies] },
      );
      await connected([open(), open()]);
      const reply = fetch(`http://127.0.0.1:${port}/short`).then((response) => response.text());
      await expect(reply.catch(() => "closed")).resolves.toBe(count === 0 ? "short" : "closed");
      expect(await refused("connections_per_address")).toBe(count);
    }
  });

  test("of one address grows by a limited rate: others are not affected, and trusted proxies have no limit", async () => {
    const clock = new ManualClock();
    const { port, refused } = await start({ maxNewConnectionsPerSecond: 2 }, {}, clock);
    const get = (localAddress: string) =>
      new Promise<string>((resolve) => {
        const sent = request({ port, host: "127.0.0.1", localAddress, path: "/short", agent: false }, (reply) =>
          resolve(`${reply.resume().statusCode}`),
        );
        sent.on("error", () => resolve("closed")).end();
      });
    const burst = [];
    for (let index = 0; index < 12; index++) burst.push(await get("127.0.0.2"));
    expect(burst).toEqual([...new Array(10).fill("200"), "closed", "closed"]);
    expect(await get("127.0.0.3")).toBe("200");
    clock.advance(500);
    expect([await get("127.0.0.2"), await get("127.0.0.2")]).toEqual(["200", "closed"]);
    expect(await refused("connection_rate")).toBe(3);

    const proxied = await start({ maxNewConnectionsPerSecond: 2 }, { trustedProxies: ["127.0.0.1"] }, clock);
    for (let index = 0; index < 12; index++) {
      const { status } = await fetch(`http://127.0.0.1:${proxied.port}/short`, { headers: { connection: "close" } });
      expect(status).toBe(200);
    }
    expect(await proxied.refused("connection_rate")).toBe(0);
  });
});

test("localhost is one listener with limits, also where it has two addresses", async () => {
  const both = [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ];
  const lookup = vi.spyOn(dns, "lookup").mockImplementation(((_host: string, ...rest: readonly unknown[]) => {
    const [options, found = options] = rest as [{ all?: boolean }, ((...result: readonly unknown[]) => void)?];
    const callback = found as (...result: readonly unknown[]) => void;
    if (options.all) callback(null, both);
    else callback(null, "127.0.0.1", 4);
  }) as never);
  onTestFinished(() => lookup.mockRestore());
  const { http } = createHttpServer({}, { clock: systemClock, refusals: new Refusals(systemClock, silent) });
  onTestFinished(() => http.close());
  await http.listen({ port: 0, host: "localhost" });
  expect(lookup).toHaveBeenCalled();
  // Fastify would open a second server, which nothing limits, if it were not for the factory of servers.
  expect(http.addresses()).toMatchObject([{ address: "127.0.0.1" }]);
});
