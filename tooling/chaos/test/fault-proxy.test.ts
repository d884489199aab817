import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Ending, FaultProxy, type Side } from "../src/index.js";
import { dial, Peer, setUp } from "./helpers.js";

const SIDES: readonly Side[] = ["client", "server"];
const ENDINGS: readonly Ending[] = ["FIN", "RST"];

test("without a fault, passes bytes and FINs in both directions", async () => {
  const { pair, proxy } = await setUp();
  const { client, server, link } = await pair();
  client.send("from the client");
  server.send("from the server");
  await server.receives("from the client");
  await client.receives("from the server");
  client.socket.end();
  await server.until(({ ended }) => ended);
  server.send(", later");
  await client.receives("from the server, later");
  server.socket.end();
  expect([await client.waitForClose(), await server.waitForClose()]).toEqual(["closed", "closed"]);
  await link.closed;
  expect(proxy.links).toEqual([]);
});

test("passes a reset of either end to the other as a reset", async () => {
  const { pair } = await setUp();
  const first = await pair();
  first.client.socket.resetAndDestroy();
  expect(await first.server.waitForClose()).toBe("ECONNRESET");
  const second = await pair();
  second.server.socket.resetAndDestroy();
  expect(await second.client.waitForClose()).toBe("ECONNRESET");
});

test.each(SIDES)("delays data and the FIN towards the %s, in order", async (towards) => {
  const { pair, proxy, clock } = await setUp();
  const { [towards]: reader, [other(towards)]: writer } = await pair();
  proxy.inflict({ does: "delay", ms: 100, towards });
  writer.send("a");
  await timerStarted(clock);
  clock.advance(60);
  proxy.inflict({ does: "delay", ms: 10, towards });
  writer.send("b");
  writer.socket.end();
  // The other direction has no delay: its data shows that the proxy has received the earlier writes.
  reader.send("x");
  await writer.receives("x");
  clock.advance(39);
  expect(reader.text).toBe("");
  clock.advance(1);
  await reader.until(({ ended }) => ended);
  expect(reader.text).toBe("ab");
});

for (const by of ENDINGS) {
  test.each(SIDES)(
    `a cut by ${by} after 5 bytes to the %s delivers exactly these, and both sides see the end`,
    async (towards) => {
      const { pair } = await setUp();
      const { [towards]: reader, [other(towards)]: writer, link } = await pair();
      writer.send("before ");
      await reader.receives("before ");
      link.inflict({ does: "cut", afterBytes: 5, by, towards });
      writer.send("123");
      writer.send("456");
      writer.send("789");
      // Node may emit "end" instead of an error when bytes and a reset arrive together.
      await reader.until(({ ended, closeReason }) => ended || closeReason === "ECONNRESET");
      expect(reader.text).toBe("before 12345");
      await writer.until(by === "FIN" ? ({ ended }) => ended : ({ closeReason }) => closeReason === "ECONNRESET");
    },
  );

  test(`a cut by ${by} after 0 bytes ends every open connection immediately`, async () => {
    const { pair, proxy } = await setUp();
    const pairs = [await pair(), await pair()];
    expect(proxy.inflict({ does: "cut", afterBytes: 0, by })).toBe(2);
    for (const { client, server } of pairs) {
      for (const peer of [client, server]) {
        await peer.until(by === "FIN" ? ({ ended }) => ended : ({ closeReason }) => closeReason === "ECONNRESET");
      }
    }
  });

  test(`an armed cut by ${by} after 0 bytes closes the next connection on accept, and leaves the one after it intact`, async () => {
    const { pair, proxy } = await setUp();
    proxy.arm({ does: "cut", afterBytes: 0, by });
    const { client, server } = await pair();
    for (const peer of [client, server]) {
      await peer.until(by === "FIN" ? ({ ended }) => ended : ({ closeReason }) => closeReason === "ECONNRESET");
    }
    await expectBothDirections(await pair());
  });
}

test("a black hole accepts and drops data and FINs in both directions, until it is healed", async () => {
  const { pair, proxy } = await setUp();
  proxy.arm({ does: "black hole" });
  const { client, server, link } = await pair();
  client.send("hello?");
  client.socket.end();
  server.send("hello?");
  server.socket.end();
  // Data in transit would have arrived by the time another connection has made a round trip.
  await expectBothDirections(await pair());
  expect([client, server].map(({ text, ended, closeReason }) => ({ text, ended, closeReason }))).toEqual([
    NO_EVENTS,
    NO_EVENTS,
  ]);
  await proxy.heal();
  expect([await client.waitForClose(), await server.waitForClose()]).toEqual(["ECONNRESET", "ECONNRESET"]);
  await link.closed;
  await expectBothDirections(await pair());
});

test("a connection reports that its client has left, although the server does not learn of it", async () => {
  const { pair, proxy } = await setUp();
  for (const leave of ["end", "resetAndDestroy"] as const) {
    const { client, link } = await pair();
    link.inflict({ does: "black hole" });
    expect(link.hasLeft).toBe(false);
    client.socket[leave]();
    await link.left;
    expect([link.hasLeft, proxy.links.includes(link)]).toEqual([true, true]);
    link.reset();
    await link.closed;
  }
});

test("a black hole towards one side leaves the other direction open", async () => {
  const { pair, proxy } = await setUp();
  const { client, server } = await pair();
  proxy.inflict({ does: "black hole", towards: "client" });
  server.send("lost");
  client.send("data");
  await server.receives("data");
  await expectBothDirections(await pair());
  expect(client.text).toBe("");
});

test.each(SIDES)("a half-close sends a FIN to the %s, which can still send", async (towards) => {
  const { pair, proxy } = await setUp();
  const { [towards]: reader, [other(towards)]: writer } = await pair();
  proxy.inflict({ does: "half-close", towards });
  await reader.until(({ ended }) => ended);
  writer.send("lost");
  reader.send("data");
  await writer.receives("data");
  expect(writer.ended).toBe(false);
  expect(reader.text).toBe("");
});

test("byte by byte delivers all data, one byte at a time", async () => {
  const { pair, proxy } = await setUp();
  const { client, server } = await pair();
  proxy.inflict({ does: "byte by byte", towards: "server" });
  const text = "0123456789".repeat(20);
  client.send(text);
  server.send(text);
  await server.receives(text);
  await client.receives(text);
  // The network may join some bytes again. Without the fault, the text arrives as one chunk.
  expect(server.chunks.length).toBeGreaterThan(text.length / 2);
  expect(client.chunks.length).toBe(1);
});

test("hold queues data and FINs in order until release", async () => {
  const { pair, proxy } = await setUp();
  const { client, server } = await pair();
  proxy.inflict({ does: "hold" });
  client.send("one ");
  client.send("two");
  client.socket.end();
  server.send("back");
  await expectBothDirections(await pair());
  expect([client, server].map(({ text, ended, closeReason }) => ({ text, ended, closeReason }))).toEqual([
    NO_EVENTS,
    NO_EVENTS,
  ]);
  proxy.inflict({ does: "release" });
  await server.until(({ ended }) => ended);
  expect(server.text).toBe("one two");
  await client.receives("back");
});

test("a reset does not wait for a peer that does not read", async () => {
  const { pair } = await setUp();
  const { client, server, link } = await pair();
  server.socket.pause();
  client.socket.write(Buffer.alloc(16 * 1024 * 1024));
  await expectBothDirections(await pair());
  link.reset();
  await link.closed;
  expect(await client.waitForClose()).toBe("ECONNRESET");
});

test("a held direction applies backpressure to the sender above a limit, and loses no data", async () => {
  const { pair, proxy } = await setUp();
  const { client, server, link } = await pair();
  link.inflict({ does: "hold", towards: "server" });
  const size = 16 * 1024 * 1024;
  let isWritten = false;
  client.socket.write(Buffer.alloc(size, "x"), () => (isWritten = true));
  await expectBothDirections(await pair());
  expect(isWritten).toBe(false);
  await proxy.heal();
  await server.until(({ chunks }) => chunks.reduce((sum, { length }) => sum + length, 0) === size);
});

test("refuse closes the port until accept, repeatedly, and keeps open connections", async () => {
  const { pair, proxy } = await setUp();
  const { client, server } = await pair();
  for (let times = 0; times < 3; times++) {
    proxy.refuse();
    expect(await dial(proxy.port).waitForClose()).toBe("ECONNREFUSED");
    expect(await dial(proxy.port).waitForClose()).toBe("ECONNREFUSED");
    await proxy.accept();
    await expectBothDirections(await pair());
  }
  client.send("still here");
  await server.receives("still here");
});

test("arm takes several faults for one connection, and a second call arms the connection after it", async () => {
  const { pair, proxy } = await setUp();
  proxy.arm({ does: "hold", towards: "server" }, { does: "hold", towards: "client" });
  proxy.arm({ does: "cut", afterBytes: 3, by: "FIN", towards: "client" });
  const [held, cut, whole] = [await pair(), await pair(), await pair()];
  for (const { client, server } of [held, cut, whole]) {
    client.send("request");
    server.send("reply");
  }
  await cut.client.until(({ ended }) => ended);
  expect(cut.client.text).toBe("rep");
  await whole.client.receives("reply");
  expect(held.server.text + held.client.text).toBe("");
});

test("heal removes the faults of connections that have lost nothing, and passes queued data immediately", async () => {
  const { pair, proxy, clock } = await setUp();
  const { client, server } = await pair();
  proxy.inflict({ does: "delay", ms: 1_000 });
  proxy.inflict({ does: "cut", afterBytes: 20, by: "RST" });
  proxy.inflict({ does: "byte by byte" });
  proxy.inflict({ does: "hold", towards: "client" });
  proxy.arm({ does: "black hole" });
  proxy.refuse();
  client.send("waits");
  server.send("waits");
  await timerStarted(clock);
  await proxy.heal();
  await server.receives("waits");
  await client.receives("waits");
  client.send(", then more than twenty bytes");
  await server.receives("waits, then more than twenty bytes");
  expect(clock.pending).toBe(0);
  await expectBothDirections(await pair());
});

test("a new target keeps the port of the proxy, so that clients see a restarted server", async () => {
  const { pair, proxy } = await setUp();
  await expectBothDirections(await pair());
  const restarted = createServer().listen(0, "127.0.0.1");
  await once(restarted, "listening");
  proxy.target = (restarted.address() as AddressInfo).port;
  const accepted = once(restarted, "connection");
  const client = dial(proxy.port);
  const server = new Peer((await accepted)[0]);
  await expectBothDirections({ client, server });
  server.socket.destroy();
  restarted.close();
});

test("proxies a server on a Unix socket, and resets its clients", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fault-proxy-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "socket");
  const listening = createServer({ allowHalfOpen: true }).listen(path);
  await once(listening, "listening");
  const proxy = await FaultProxy.listen({ target: path });
  const accepted = once(listening, "connection");
  const client = dial(proxy.port);
  const server = new Peer((await accepted)[0]);
  await expectBothDirections({ client, server });
  for (const link of proxy.links) link.reset();
  expect(await client.waitForClose()).toBe("ECONNRESET");
  await server.until(({ ended }) => ended);
  server.socket.destroy();
  await proxy.close();
  listening.close();
});

test("resets the client if the server is not listening", async () => {
  const { proxy } = await setUp();
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  proxy.target = (closed.address() as AddressInfo).port;
  closed.close();
  expect(await dial(proxy.port).waitForClose()).toBe("ECONNRESET");
});

test("close ends every connection, whatever its faults, and leaves no timer", async () => {
  const { pair, proxy, clock } = await setUp();
  const [delayed, held, lost] = [await pair(), await pair(), await pair()];
  delayed.link.inflict({ does: "delay", ms: 1_000 });
  delayed.client.send("late");
  held.link.inflict({ does: "hold" });
  lost.link.inflict({ does: "black hole" });
  await timerStarted(clock);
  await proxy.close();
  for (const { client, server } of [delayed, held, lost]) {
    expect([await client.waitForClose(), await server.waitForClose()]).toEqual(["ECONNRESET", "ECONNRESET"]);
  }
  expect(clock.pending).toBe(0);
  expect(proxy.links).toEqual([]);
  await proxy.accept();
  expect(await dial(proxy.port).waitForClose()).toBe("ECONNREFUSED");
});

test("throws on invalid numbers in the call that passes them", async () => {
  const { proxy, pair } = await setUp();
  const { link } = await pair();
  expect(() => proxy.inflict({ does: "delay", ms: -1 })).toThrow("Invalid delay: expected ms to be 0 or more, got -1");
  expect(() => proxy.arm({ does: "cut", afterBytes: 0.5, by: "FIN" })).toThrow(
    "Invalid cut: expected afterBytes to be an integer of 0 or more, got 0.5",
  );
  expect(() => link.inflict({ does: "delay", ms: Number.NaN })).toThrow(
    "Invalid delay: expected ms to be 0 or more, got NaN",
  );
});

const NO_EVENTS = { text: "", ended: false, closeReason: undefined };

function other(side: Side): Side {
  return side === "client" ? "server" : "client";
}

/** Waits until the proxy has started a timer, which shows that it has read the data. */
async function timerStarted(clock: { readonly pending: number }): Promise<void> {
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** Expects a connection to pass data in both directions. */
async function expectBothDirections({
  client,
  server,
}: {
  readonly client: Peer;
  readonly server: Peer;
}): Promise<void> {
  client.send("ping");
  await server.receives("ping");
  server.send("pong");
  await client.receives("pong");
}
