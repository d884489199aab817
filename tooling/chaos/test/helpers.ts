import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach } from "vitest";
import { type Clock, FaultProxy, type Link } from "../src/index.js";

const leftovers: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of leftovers.splice(0).reverse()) await end();
});

/** A clock that a test advances. */
export class ManualClock implements Clock {
  readonly #timers = new Set<{ readonly dueAt: number; readonly run: () => void }>();
  #now = 0;

  /** The number of running timers. */
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

/** One end of a TCP connection, with a record of its events. */
export class Peer {
  readonly chunks: Buffer[] = [];
  /** Whether a FIN has arrived. */
  ended = false;
  /** The code of the error that closed the connection, or "closed"; undefined while it is open. */
  closeReason: string | undefined;
  readonly socket: Socket;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#record(() => this.chunks.push(chunk)));
    socket.on("end", () => this.#record(() => (this.ended = true)));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#record(() => (this.closeReason = error.code)));
    socket.on("close", () => this.#record(() => (this.closeReason ??= "closed")));
    leftovers.push(() => socket.destroy());
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** Waits until the record fulfils the predicate. */
  async until(predicate: (peer: Peer) => boolean): Promise<void> {
    while (!predicate(this)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  async receives(text: string): Promise<void> {
    await this.until((peer) => peer.text === text);
  }

  async waitForClose(): Promise<string | undefined> {
    await this.until(({ closeReason }) => closeReason !== undefined);
    return this.closeReason;
  }

  #record(change: () => void): void {
    change();
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** Starts a server that only accepts connections, and a proxy in front of it. */
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
  const proxy = await FaultProxy.listen({ target: (server.address() as AddressInfo).port, clock });
  leftovers.push(() => proxy.close());
  /** Opens a connection through the proxy, and returns both of its ends. */
  const pair = async (): Promise<{ client: Peer; link: Link; server: Peer }> => {
    const next = accepted.length;
    const link = proxy.nextLink();
    const client = dial(proxy.port);
    while (accepted[next] === undefined) await new Promise<void>((resolve) => (wake = resolve));
    return { client, link: await link, server: accepted[next] };
  };
  return { clock, proxy, pair };
}

/** Connects to a port. The socket allows half-open connections, so that each direction ends separately. */
export function dial(port: number): Peer {
  return new Peer(connect({ port, host: "127.0.0.1", allowHalfOpen: true }));
}
