import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import type { Ending, Side } from "../src/index.js";
import { dial, Peer, setUp } from "./helpers.js";

const SIDES: readonly Side[] = ["client", "server"];
const ENDINGS: readonly Ending[] = ["FIN", "RST"];

test("without a fault it passes bytes and ends on, both ways", async () => {
  const { pair, proxy } = await setUp();
  const { client, server, link } = await pair();
  client.say("from the client");
  server.say("from the server");
  await server.hears("from the client");
  await client.hears("from the server");
  client.socket.end();
  await server.until(({ ended }) => ended);
  server.say(", later");
  await client.hears("from the server, later");
  server.socket.end();
  expect([await client.isOver(), await server.isOver()]).toEqual(["closed", "closed"]);
  await link.closed;
  expect(proxy.links).toEqual([]);
});

test("a reset of either end reaches the other as one", async () => {
  const { pair } = await setUp();
  const first = await pair();
  first.client.socket.resetAndDestroy();
  expect(await first.server.isOver()).toBe("ECONNRESET");
  const second = await pair();
  second.server.socket.resetAndDestroy();
  expect(await second.client.isOver()).toBe("ECONNRESET");
});

test.each(SIDES)("latency: what goes to the %s comes so much later, in order, and the end too", async (towards) => {
  const { pair, proxy, clock } = await setUp();
  const { [towards]: reader, [other(towards)]: writer } = await pair();
  proxy.inflict({ does: "delay", ms: 100, towards });
  writer.say("a");
  await pending(clock);
  clock.advance(60);
  proxy.inflict({ does: "delay", ms: 10, towards });
  writer.say("b");
  writer.socket.end();
  // The other direction takes no time, and tells that what was sent has arrived at the proxy.
  reader.say("x");
  await writer.hears("x");
  clock.advance(39);
  expect(reader.text).toBe("");
  clock.advance(1);
  await reader.until(({ ended }) => ended);
  expect(reader.text).toBe("ab");
});

for (const by of ENDINGS) {
  test.each(SIDES)(
    `cut by ${by} after 5 bytes to the %s: exactly these arrive, and both see the end`,
    async (towards) => {
      const { pair } = await setUp();
      const { [towards]: reader, [other(towards)]: writer, link } = await pair();
      writer.say("before ");
      await reader.hears("before ");
      link.inflict({ does: "cut", afterBytes: 5, by, towards });
      writer.say("123");
      writer.say("456");
      writer.say("789");
      // Node tells whoever reads just then of an end, where bytes and a reset arrive together.
      await reader.until(({ ended, over }) => ended || over === "ECONNRESET");
      expect(reader.text).toBe("before 12345");
      await writer.until(by === "FIN" ? ({ ended }) => ended : ({ over }) => over === "ECONNRESET");
    },
  );

  test(`cut by ${by} now, of every connection at once`, async () => {
    const { pair, proxy } = await setUp();
    const pairs = [await pair(), await pair()];
    expect(proxy.inflict({ does: "cut", afterBytes: 0, by })).toBe(2);
    for (const { client, server } of pairs) {
      for (const peer of [client, server]) {
        await peer.until(by === "FIN" ? ({ ended }) => ended : ({ over }) => over === "ECONNRESET");
      }
    }
  });

  test(`armed, a cut by ${by} after 0 bytes is a server that accepts and then closes; the next connection is whole`, async () => {
    const { pair, proxy } = await setUp();
    proxy.arm({ does: "cut", afterBytes: 0, by });
    const { client, server } = await pair();
    for (const peer of [client, server]) {
      await peer.until(by === "FIN" ? ({ ended }) => ended : ({ over }) => over === "ECONNRESET");
    }
    await speaks(await pair());
  });
}

test("a black hole accepts and swallows; neither side is told of the other's end, until it is healed", async () => {
  const { pair, proxy } = await setUp();
  proxy.arm({ does: "black hole" });
  const { client, server, link } = await pair();
  client.say("hello?");
  client.socket.end();
  server.say("hello?");
  server.socket.end();
  // Whatever was on its way would be there by the time another connection has gone all the way.
  await speaks(await pair());
  expect([client, server].map(({ text, ended, over }) => ({ text, ended, over }))).toEqual([NOTHING, NOTHING]);
  await proxy.heal();
  expect([await client.isOver(), await server.isOver()]).toEqual(["ECONNRESET", "ECONNRESET"]);
  await link.closed;
  await speaks(await pair());
});

test("a black hole may swallow one direction", async () => {
  const { pair, proxy } = await setUp();
  const { client, server } = await pair();
  proxy.inflict({ does: "black hole", towards: "client" });
  server.say("lost");
  client.say("heard");
  await server.hears("heard");
  await speaks(await pair());
  expect(client.text).toBe("");
});

test.each(SIDES)("half-close towards the %s: it sees the end, and may go on speaking", async (towards) => {
  const { pair, proxy } = await setUp();
  const { [towards]: reader, [other(towards)]: writer } = await pair();
  proxy.inflict({ does: "half-close", towards });
  await reader.until(({ ended }) => ended);
  writer.say("lost");
  reader.say("heard");
  await writer.hears("heard");
  expect(writer.ended).toBe(false);
  expect(reader.text).toBe("");
});

test("byte by byte: all of it arrives, one byte at a time", async () => {
  const { pair, proxy } = await setUp();
  const { client, server } = await pair();
  proxy.inflict({ does: "byte by byte", towards: "server" });
  const text = "0123456789".repeat(20);
  client.say(text);
  server.say(text);
  await server.hears(text);
  await client.hears(text);
  // The network may join some of them again; unbroken it is one piece.
  expect(server.chunks.length).toBeGreaterThan(text.length / 2);
  expect(client.chunks.length).toBe(1);
});

test("hold and release: what comes meanwhile, an end too, waits in its order", async () => {
  const { pair, proxy } = await setUp();
  const { client, server } = await pair();
  proxy.inflict({ does: "hold" });
  client.say("one ");
  client.say("two");
  client.socket.end();
  server.say("back");
  await speaks(await pair());
  expect([client, server].map(({ text, ended, over }) => ({ text, ended, over }))).toEqual([NOTHING, NOTHING]);
  proxy.inflict({ does: "release" });
  await server.until(({ ended }) => ended);
  expect(server.text).toBe("one two");
  await client.hears("back");
});

test("a reset does not wait for who does not read", async () => {
  const { pair } = await setUp();
  const { client, server, link } = await pair();
  server.socket.pause();
  client.socket.write(Buffer.alloc(16 * 1024 * 1024));
  await speaks(await pair());
  link.reset();
  await link.closed;
  expect(await client.isOver()).toBe("ECONNRESET");
});

test("what waits has a bound: past it the sender is not read, as with a full network; nothing of it is lost", async () => {
  const { pair, proxy } = await setUp();
  const { client, server, link } = await pair();
  link.inflict({ does: "hold", towards: "server" });
  const size = 16 * 1024 * 1024;
  let isWritten = false;
  client.socket.write(Buffer.alloc(size, "x"), () => (isWritten = true));
  await speaks(await pair());
  expect(isWritten).toBe(false);
  await proxy.heal();
  await server.until(({ chunks }) => chunks.reduce((sum, { length }) => sum + length, 0) === size);
});

test("refused, and again: the port is closed until it accepts; open connections go on", async () => {
  const { pair, proxy } = await setUp();
  const { client, server } = await pair();
  for (let times = 0; times < 3; times++) {
    proxy.refuse();
    expect(await dial(proxy.port).isOver()).toBe("ECONNREFUSED");
    expect(await dial(proxy.port).isOver()).toBe("ECONNREFUSED");
    await proxy.accept();
    await speaks(await pair());
  }
  client.say("still here");
  await server.hears("still here");
});

test("several faults are armed for one connection, and further ones for those after it", async () => {
  const { pair, proxy } = await setUp();
  proxy.arm({ does: "hold", towards: "server" }, { does: "hold", towards: "client" });
  proxy.arm({ does: "cut", afterBytes: 3, by: "FIN", towards: "client" });
  const [held, cut, whole] = [await pair(), await pair(), await pair()];
  for (const { client, server } of [held, cut, whole]) {
    client.say("request");
    server.say("reply");
  }
  await cut.client.until(({ ended }) => ended);
  expect(cut.client.text).toBe("rep");
  await whole.client.hears("reply");
  expect(held.server.text + held.client.text).toBe("");
});

test("healed, connections that have lost nothing go on, and pass at once", async () => {
  const { pair, proxy, clock } = await setUp();
  const { client, server } = await pair();
  proxy.inflict({ does: "delay", ms: 1_000 });
  proxy.inflict({ does: "cut", afterBytes: 20, by: "RST" });
  proxy.inflict({ does: "byte by byte" });
  proxy.inflict({ does: "hold", towards: "client" });
  proxy.arm({ does: "black hole" });
  proxy.refuse();
  client.say("waits");
  server.say("waits");
  await pending(clock);
  await proxy.heal();
  await server.hears("waits");
  await client.hears("waits");
  client.say(", then more than twenty bytes");
  await server.hears("waits, then more than twenty bytes");
  expect(clock.pending).toBe(0);
  await speaks(await pair());
});

test("a server that comes back on another port is, to clients, where it was", async () => {
  const { pair, proxy } = await setUp();
  await speaks(await pair());
  const restarted = createServer().listen(0, "127.0.0.1");
  await once(restarted, "listening");
  proxy.targetPort = (restarted.address() as AddressInfo).port;
  const accepted = once(restarted, "connection");
  const client = dial(proxy.port);
  const server = new Peer((await accepted)[0]);
  await speaks({ client, server });
  server.socket.destroy();
  restarted.close();
});

test("a server that is gone is a reset to the client", async () => {
  const { proxy } = await setUp();
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  proxy.targetPort = (gone.address() as AddressInfo).port;
  gone.close();
  expect(await dial(proxy.port).isOver()).toBe("ECONNRESET");
});

test("close ends every connection, whatever is wrong with it, and leaves no timer", async () => {
  const { pair, proxy, clock } = await setUp();
  const [delayed, held, lost] = [await pair(), await pair(), await pair()];
  delayed.link.inflict({ does: "delay", ms: 1_000 });
  delayed.client.say("late");
  held.link.inflict({ does: "hold" });
  lost.link.inflict({ does: "black hole" });
  await pending(clock);
  await proxy.close();
  for (const { client, server } of [delayed, held, lost]) {
    expect([await client.isOver(), await server.isOver()]).toEqual(["ECONNRESET", "ECONNRESET"]);
  }
  expect(clock.pending).toBe(0);
  expect(proxy.links).toEqual([]);
  await proxy.accept();
  expect(await dial(proxy.port).isOver()).toBe("ECONNREFUSED");
});

test("a number that makes no sense is refused, where it is given", async () => {
  const { proxy, pair } = await setUp();
  const { link } = await pair();
  expect(() => proxy.inflict({ does: "delay", ms: -1 })).toThrow("ms of a delay is -1");
  expect(() => proxy.arm({ does: "cut", afterBytes: 0.5, by: "FIN" })).toThrow("afterBytes of a cut is 0.5");
  expect(() => link.inflict({ does: "delay", ms: Number.NaN })).toThrow("ms of a delay is NaN");
});

const NOTHING = { text: "", ended: false, over: undefined };

function other(side: Side): Side {
  return side === "client" ? "server" : "client";
}

/** Waits, turn by turn, for a timer of the proxy: it has read what was sent. */
async function pending(clock: { readonly pending: number }): Promise<void> {
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** Holds a connection to passing both ways. */
async function speaks({ client, server }: { readonly client: Peer; readonly server: Peer }): Promise<void> {
  client.say("ping");
  await server.hears("ping");
  server.say("pong");
  await client.hears("pong");
}
