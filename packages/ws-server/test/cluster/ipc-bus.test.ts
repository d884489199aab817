import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { dirname } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type BusListener, type Claim, IpcBus, IpcHub } from "../../src/cluster/index.js";
import { busChecks, ManualClock, RecordingLogger } from "../../src/testing/index.js";
import { until } from "../helpers/event-loop.js";

const FORGET_MS = 60_000;
const STALL_MS = 2_000;

async function startHub(options: { readonly clock?: ManualClock } = {}) {
  const logger = new RecordingLogger();
  const hub = await IpcHub.listen({ ...options, logger });
  onTestFinished(() => hub.close());
  return { hub, logger };
}

/** A node that records what it is notified of. */
class TestNode implements BusListener {
  readonly logger = new RecordingLogger();
  readonly bus: IpcBus;
  readonly messages: string[] = [];
  readonly taken: Claim[] = [];
  readonly events: string[] = [];

  constructor(path: string, node?: string) {
    this.bus = new IpcBus({ path, logger: this.logger, ...(node !== undefined && { node }) });
    onTestFinished(() => this.bus.close());
    this.bus.open(this, { ownsTopics: true });
  }

  static async open(path: string, node?: string): Promise<TestNode> {
    const made = new TestNode(path, node);
    await until(() => made.bus.isUp);
    return made;
  }

  onMessage(_from: string, message: Uint8Array): void {
    this.messages.push(Buffer.from(message).toString("latin1").slice(0, 20));
  }

  onUp(): void {
    this.events.push("up");
  }

  onDown(): void {
    this.events.push("down");
  }

  onDrain(): void {
    this.events.push("drain");
  }

  onTaken(claim: Claim): void {
    this.taken.push(claim);
  }
}

/** Connects to a hub without the client, and sends bytes as they are. */
async function connectRaw(path: string): Promise<Socket> {
  const socket = connect(path).on("error", () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

function frame(name: string, body: string | Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + name.length + body.length);
  head[4] = name.length;
  return Buffer.concat([head, Buffer.from(name), Buffer.from(body)]);
}

const hello = (node: string) => frame("", JSON.stringify({ type: "hello", node }));

describe("IpcBus", () => {
  test.each(busChecks)("$name", async ({ run }) => {
    const { hub } = await startHub();
    await run(() => {
      const bus = new IpcBus({ path: hub.path, logger: new RecordingLogger() });
      onTestFinished(() => bus.close());
      return bus;
    });
  });

  test("connects again when the hub has disconnected it, and the claims are still there", async () => {
    const { hub } = await startHub();
    const node = await TestNode.open(hub.path, "node");
    const claim = { key: "key", node: "node", id: "1" };
    await node.bus.claim(claim);
    const { incarnation } = node.bus;
    // Another connection with the name of the node replaces it, as after a reconnection that the hub has not noticed.
    (await connectRaw(hub.path)).end(hello("node"));
    await until(() => node.events.length >= 3);
    expect(node.events).toEqual(["up", "down", "up"]);
    expect(node.bus.incarnation).toBe(incarnation);
    expect(await node.bus.find("key")).toEqual(claim);
  });

  test("rejects what is asked when the hub closes", async () => {
    const { hub } = await startHub();
    const node = await TestNode.open(hub.path);
    const outcome = expect(node.bus.find("key")).rejects.toThrow("closed");
    await hub.close();
    await outcome;
    await until(() => !node.bus.isUp);
    await expect(node.bus.find("key")).rejects.toThrow("closed");
    expect(existsSync(dirname(hub.path))).toBe(false);
  });

  test("gives up a hub that sends invalid frames, and says so", async () => {
    const { hub } = await startHub();
    const server = createServer((socket) => socket.on("error", () => {}).end(frame("", "{}")));
    onTestFinished(() => void server.close());
    server.listen(`${hub.path}.other`);
    await once(server, "listening");
    const node = new TestNode(`${hub.path}.other`);
    await until(() => node.logger.entries.length > 0);
    expect(String(node.logger.entries[0]?.fields?.error)).toContain("unknown type");
    expect(node.events).toEqual([]);
  });
});

describe("IpcHub", () => {
  test.skipIf(process.platform === "win32")("listens in a directory that only its user can enter", async () => {
    const { hub } = await startHub();
    expect(statSync(dirname(hub.path)).mode & 0o777).toBe(0o700);
  });

  test("regards a node that has disconnected as dead, and forgets its claims after a minute", async () => {
    const clock = new ManualClock();
    const { hub } = await startHub({ clock });
    const node = await TestNode.open(hub.path);
    const raw = await connectRaw(hub.path);
    raw.write(hello("dead"));
    raw.write(frame("", JSON.stringify({ type: "claim", id: 1, mine: { key: "key", node: "dead", id: "1" } })));
    await until(() => hub.claims === 1);
    expect(await node.bus.isAlive("dead")).toBe(true);
    raw.destroy();
    await until(() => hub.nodes.length === 1);
    expect(await node.bus.isAlive("dead")).toBe(false);
    clock.advance(FORGET_MS - 1);
    expect(hub.claims).toBe(1);
    clock.advance(1);
    expect(hub.claims).toBe(0);
  });

  test("keeps the claims of a node that connects again within a minute", async () => {
    const clock = new ManualClock();
    const { hub } = await startHub({ clock });
    const claim = { type: "claim", id: 1, mine: { key: "key", node: "node", id: "1" } };
    (await connectRaw(hub.path)).end(Buffer.concat([hello("node"), frame("", JSON.stringify(claim))]));
    await until(() => hub.claims === 1 && hub.nodes.length === 0);
    clock.advance(FORGET_MS - 1);
    (await connectRaw(hub.path)).write(hello("node"));
    await until(() => hub.nodes.length === 1);
    clock.advance(FORGET_MS);
    expect(hub.claims).toBe(1);
  });

  const hostile: readonly [string, Buffer, string][] = [
    ["an empty frame", Buffer.alloc(5), "length is 0"],
    ["a frame that is too long", Buffer.from([0xff, 0xff, 0xff, 0xff, 0]), "length is 4294967295"],
    ["a name that is longer than its frame", Buffer.from([0, 0, 0, 2, 200, 0]), "longer than the frame"],
    ["a control frame that is not JSON", frame("", "hello"), "JSON"],
    ["a control frame that is not an object", frame("", "[1]"), "expected an object"],
    ["a control frame of an unknown type", frame("", '{"type":"shutdown","id":1}'), "unknown type"],
    ["a name with control characters", hello("a\nb"), "printable"],
    ["an empty name", hello(""), "printable"],
    ["a message before the name", frame("node", "text"), "before its name"],
    ["a question before the name", frame("", '{"type":"owners","id":1}'), "before its name"],
    ["two names", Buffer.concat([hello("a"), hello("b")]), "twice"],
    [
      "a claim for another node",
      Buffer.concat([hello("a"), frame("", '{"type":"claim","id":1,"mine":{"key":"k","node":"b","id":"1"}}')]),
      "for another node",
    ],
    [
      "a claim without a key",
      Buffer.concat([hello("a"), frame("", '{"type":"claim","id":1,"mine":{"node":"a","id":"1"}}')]),
      "key must be a string",
    ],
    ["a question without an id", Buffer.concat([hello("a"), frame("", '{"type":"owners"}')]), "id must be an integer"],
  ];

  test.each(hostile)("disconnects a process that sends %s, and goes on", async (_name, bytes, reason) => {
    const { hub, logger } = await startHub();
    const socket = await connectRaw(hub.path);
    const closed = once(socket, "close");
    socket.resume().write(bytes);
    await closed;
    expect(logger.entries.map(({ fields }) => String(fields?.error))).toEqual([expect.stringContaining(reason)]);
    expect((await TestNode.open(hub.path)).bus.isUp).toBe(true);
    expect(hub.claims).toBe(0);
  });

  test("reads frames that arrive in any parts", async () => {
    const { hub } = await startHub();
    const node = await TestNode.open(hub.path, "node");
    const socket = await connectRaw(hub.path);
    socket.setNoDelay(true);
    const bytes = Buffer.concat([hello("raw"), frame("node", "first"), frame("node", ""), frame("node", "last")]);
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => node.messages.length === 3);
    expect(node.messages).toEqual(["first", "", "last"]);
  });

  test("disconnects a process that does not send its name", async () => {
    const clock = new ManualClock();
    const { hub, logger } = await startHub({ clock });
    const socket = await connectRaw(hub.path);
    await until(() => clock.pending === 1);
    const closed = once(socket.resume(), "close");
    clock.advance(STALL_MS);
    await closed;
    expect(String(logger.entries[0]?.fields?.error)).toContain("has not sent its name");
  });
});

describe("a node that does not read", () => {
  const MEGABYTE = Buffer.alloc(1_048_576, "x");

  /** Sends until there is no room, and none comes. */
  async function fill(sender: TestNode, to: string, hasStopped: () => boolean): Promise<number> {
    let sent = 0;
    while (!hasStopped()) {
      const drains = sender.events.length;
      sent++;
      if (sender.bus.send(to, MEGABYTE)) continue;
      await until(() => sender.events.length > drains || hasStopped());
    }
    return sent;
  }

  test("stops its senders with bounded memory, and is disconnected when it reads nothing", async () => {
    const clock = new ManualClock();
    const { hub, logger } = await startHub({ clock });
    const sender = await TestNode.open(hub.path);
    const deaf = await connectRaw(hub.path);
    deaf.pause().write(hello("deaf"));
    await until(() => hub.nodes.length === 2);
    // The only timer is that of the node that does not read.
    const sent = await fill(sender, "deaf", () => clock.pending > 0);
    expect(sent).toBeLessThan(20);
    let isAnswered = false;
    const answer = sender.bus.find("key").then(() => {
      isAnswered = true;
    });
    const other = await TestNode.open(hub.path);
    for (let count = 0; count < 20; count++) await other.bus.find("key");
    expect(isAnswered).toBe(false);
    clock.advance(STALL_MS);
    await answer;
    await until(() => hub.nodes.length === 2);
    expect(String(logger.entries[0]?.fields?.error)).toContain("has read nothing");
    sender.bus.send(other.bus.node, Buffer.from("still there"));
    await until(() => other.messages.length > 0);
    expect(other.messages).toEqual(["still there"]);
  });

  test("gets everything in order when it reads again", async () => {
    const clock = new ManualClock();
    const { hub, logger } = await startHub({ clock });
    const sender = await TestNode.open(hub.path);
    const slow = await connectRaw(hub.path);
    slow.pause().write(hello("slow"));
    await until(() => hub.nodes.length === 2);
    const sent = await fill(sender, "slow", () => clock.pending > 0);
    let bytes = 0;
    slow.on("data", (chunk) => {
      bytes += chunk.length;
    });
    slow.resume();
    const frameBytes = 5 + sender.bus.node.length + MEGABYTE.length;
    await until(() => bytes >= sent * frameBytes);
    await until(() => clock.pending === 0);
    expect(logger.entries).toEqual([]);
    expect(sender.bus.send("slow", Buffer.from("1"))).toBe(true);
  });
});
