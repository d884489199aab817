import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { type Clock, systemClock } from "./clock.js";
import { assertFault, type Fault } from "./fault.js";
import { Link } from "./link.js";

const HOST = "127.0.0.1";

export interface FaultProxyOptions {
  /** The port of the proxied server on this machine, or the path of its Unix socket. */
  readonly target: number | string;
  /** The clock that delays use. @default the system clock */
  readonly clock?: Clock;
}

/**
 * A TCP proxy on this machine that breaks connections on demand. It never acts by itself: each fault comes from a call, there
 * is no randomness, and `delay` is the only fault that uses a timer.
 */
export class FaultProxy {
  /** The port that the proxy listens on. It never changes. */
  readonly port: number;
  /**
   * The port of the proxied server, or the path of its Unix socket. Set it when the server has restarted elsewhere: clients
   * then see a restart on the same port. Applies to new connections.
   */
  target: number | string;
  readonly #clock: Clock;
  readonly #links = new Set<Link>();
  readonly #waiting: ((link: Link) => void)[] = [];
  #armed: (readonly Fault[])[] = [];
  #server: Server | undefined;
  /** The port is being opened. */
  #opening: Promise<Server> | undefined;
  #isClosed = false;

  private constructor(server: Server, { target, clock = systemClock }: FaultProxyOptions) {
    this.port = (server.address() as AddressInfo).port;
    this.target = target;
    this.#clock = clock;
    this.#serve(server);
  }

  /** Starts a proxy on a port that the system chooses. */
  static async listen(options: FaultProxyOptions): Promise<FaultProxy> {
    return new FaultProxy(await listen(0), options);
  }

  /** The open connections, oldest first. */
  get links(): readonly Link[] {
    return [...this.#links];
  }

  /** Resolves with the next connection, after its armed faults have been applied. */
  nextLink(): Promise<Link> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Applies a fault to every open connection.
   *
   * @returns the number of connections
   * @throws RangeError on an invalid number of milliseconds or bytes
   */
  inflict(fault: Fault): number {
    assertFault(fault);
    for (const link of this.#links) link.inflict(fault);
    return this.#links.size;
  }

  /**
   * Applies the faults to the next connection when it is accepted. Each further call before then arms the connection after it.
   *
   * @throws RangeError on an invalid number of milliseconds or bytes
   */
  arm(...faults: readonly Fault[]): void {
    for (const fault of faults) assertFault(fault);
    this.#armed.push(faults);
  }

  /** Closes the port: new connections are refused until `accept`. Open connections stay open. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /**
   * Opens the same port again.
   *
   * @throws Error Node's `EADDRINUSE`, if another program has taken the port meanwhile
   */
  async accept(): Promise<void> {
    if (this.#server !== undefined || this.#isClosed) return;
    this.#opening ??= listen(this.port).finally(() => {
      this.#opening = undefined;
    });
    const server = await this.#opening;
    if (this.#isClosed) server.close();
    else if (this.#server === undefined) this.#serve(server);
  }

  /** Undoes every fault: opens the port, disarms, passes data without delay, and resets connections that have lost data. */
  async heal(): Promise<void> {
    this.#armed = [];
    for (const link of this.#links) link.heal();
    await this.accept();
  }

  /** Closes the port and resets every connection. Resolves when all of them have closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.refuse();
    for (const link of this.#links) link.reset();
    await Promise.all(this.links.map(({ closed }) => closed));
  }

  #serve(server: Server): void {
    this.#server = server;
    server.on("connection", (client) => {
      const { target } = this;
      const address = typeof target === "number" ? { port: target, host: HOST } : { path: target };
      const upstream = connect({ ...address, allowHalfOpen: true });
      const link = new Link(client, upstream, this.#clock);
      this.#links.add(link);
      link.closed.then(() => this.#links.delete(link));
      for (const fault of this.#armed.shift() ?? []) link.inflict(fault);
      for (const resolve of this.#waiting.splice(0)) resolve(link);
    });
  }
}

async function listen(port: number): Promise<Server> {
  // Half-open, so that a FIN passes in one direction only, as it does without a proxy.
  const server = createServer({ allowHalfOpen: true }).listen(port, HOST);
  await once(server, "listening");
  return server;
}
