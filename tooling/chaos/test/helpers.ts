import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach } from "vitest";
import { type Clock, FaultProxy, type Link } from "../src/index.js";

const leftovers: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of leftovers.splice(0).reverse()) await end();
});

/** A clock that a test turns by hand. */
export class ManualClock implements Clock {
  readonly #timers = new Set<{ readonly dueAt: number; readonly run: () => void }>();
  #now = 0;

  /** How many timers run. */
  get pending(): number {
    return this.#timers.size;
  }

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueAt: this.#now + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.dueAt - b.dueAt)) {
      if (timer.dueAt > this.#now || !this.#timers.delete(timer)) continue;
      timer.run();
    }
  }
}

/** One end of a TCP connection, and what it sees. */
export class Peer {
  readonly chunks: Buffer[] = [];
  /** Whether the other end has said that nothing more comes. */
  ended = false;
  /** How it was over: the code of its error, or "closed". */
  over: string | undefined;
  readonly socket: Socket;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#see(() => this.chunks.push(chunk)));
    socket.on("end", () => this.#see(() => (this.ended = true)));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#see(() => (this.over = error.code)));
    socket.on("close", () => this.#see(() => (this.over ??= "closed")));
    leftovers.push(() => socket.destroy());
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  say(text: string): void {
    this.socket.write(text);
  }

  /** Waits until what it has seen is as wanted. */
  async until(isSo: (peer: Peer) => boolean): Promise<void> {
    while (!isSo(this)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  async hears(text: string): Promise<void> {
    await this.until((peer) => peer.text === text);
  }

  async isOver(): Promise<string | undefined> {
    await this.until(({ over }) => over !== undefined);
    return this.over;
  }

  #see(happened: () => void): void {
    happened();
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** A server that does nothing, and a proxy before it. */
export async function setUp() {
  const accepted: Peer[] = [];
  let wake = () => {};
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(new Peer(socket));
    wake();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  leftovers.push(() => new Promise((resolve) => server.close(resolve)));
  const clock = new ManualClock();
  const proxy = await FaultProxy.listen({ targetPort: (server.address() as AddressInfo).port, clock });
  leftovers.push(() => proxy.close());
  /** A client of the proxy, and what it is to the server. */
  const pair = async (): Promise<{ client: Peer; link: Link; server: Peer }> => {
    const next = accepted.length;
    const link = proxy.nextLink();
    const client = dial(proxy.port);
    while (accepted[next] === undefined) await new Promise<void>((resolve) => (wake = resolve));
    return { client, link: await link, server: accepted[next] };
  };
  return { clock, proxy, pair };
}

/** A client of a port. It keeps its own half open, so that it sees each end by itself. */
export function dial(port: number): Peer {
  return new Peer(connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
}
