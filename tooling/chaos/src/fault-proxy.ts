import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { type Clock, systemClock } from "./clock.js";
import { assertFault, type Fault } from "./fault.js";
import { Link } from "./link.js";

const HOST = "127.0.0.1";

export interface FaultProxyOptions {
  /** The port of the server behind it, on this machine. */
  readonly targetPort: number;
  /** Where latency comes from. @default the computer's clock */
  readonly clock?: Clock;
}

/**
 * A TCP proxy on this machine whose connections break when they are told to. It does nothing by itself: no fault without a
 * call, no chance, no timer but a `delay`.
 */
export class FaultProxy {
  /** Its own, which stays the same for as long as it lives. */
  readonly port: number;
  /**
   * The port of the server behind it. Set it when the server has come back on another one: for clients that is a restart in
   * its place. Counts for connections that come from then on.
   */
  targetPort: number;
  readonly #clock: Clock;
  readonly #links = new Set<Link>();
  readonly #waiting: ((link: Link) => void)[] = [];
  #armed: (readonly Fault[])[] = [];
  #server: Server | undefined;
  #isClosed = false;

  private constructor(server: Server, { targetPort, clock = systemClock }: FaultProxyOptions) {
    this.port = (server.address() as AddressInfo).port;
    this.targetPort = targetPort;
    this.#clock = clock;
    this.#serve(server);
  }

  /** Starts one, on a port the system chooses. */
  static async listen(options: FaultProxyOptions): Promise<FaultProxy> {
    return new FaultProxy(await listen(0), options);
  }

  /** The connections that are open, oldest first. */
  get links(): readonly Link[] {
    return [...this.#links];
  }

  /** Resolves with the next connection, once what was armed for it has been done to it. */
  nextLink(): Promise<Link> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Does something to every open connection.
   *
   * @returns how many there were
   * @throws RangeError on a number that is none of milliseconds or of bytes
   */
  inflict(fault: Fault): number {
    assertFault(fault);
    for (const link of this.#links) link.inflict(fault);
    return this.#links.size;
  }

  /**
   * Does all of these to the next connection, when it is accepted. Called again before it comes: to the one after it.
   *
   * @throws RangeError on a number that is none of milliseconds or of bytes
   */
  arm(...faults: readonly Fault[]): void {
    for (const fault of faults) assertFault(fault);
    this.#armed.push(faults);
  }

  /** Closes the port: whoever connects is refused, until `accept`. Open connections stay. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /**
   * Opens the same port again.
   *
   * @throws Error Node's own `EADDRINUSE`, where another program has taken the port meanwhile
   */
  async accept(): Promise<void> {
    if (this.#server !== undefined || this.#isClosed) return;
    this.#serve(await listen(this.port));
  }

  /** Undoes every fault: the port is open, nothing is armed, connections pass all at once, and broken ones are reset. */
  async heal(): Promise<void> {
    this.#armed = [];
    for (const link of this.#links) link.heal();
    await this.accept();
  }

  /** Ends every connection and the port. Resolves when nothing is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.refuse();
    for (const link of this.#links) link.reset();
    await Promise.all(this.links.map(({ closed }) => closed));
  }

  #serve(server: Server): void {
    this.#server = server;
    server.on("connection", (client) => {
      const upstream = connect({ port: this.targetPort, host: HOST, allowHalfOpen: true });
      const link = new Link(client, upstream, this.#clock);
      this.#links.add(link);
      link.closed.then(() => this.#links.delete(link));
      for (const fault of this.#armed.shift() ?? []) link.inflict(fault);
      for (const tell of this.#waiting.splice(0)) tell(link);
    });
  }
}

async function listen(port: number): Promise<Server> {
  // Half-open, so that an end passes in one direction as it does without a proxy.
  const server = createServer({ allowHalfOpen: true }).listen(port, HOST);
  await once(server, "listening");
  return server;
}
