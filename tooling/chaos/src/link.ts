import type { Socket } from "node:net";
import type { Clock } from "./clock.js";
import { assertFault, type Ending, type Fault, type Side, sidesOf } from "./fault.js";
import { Pipe } from "./pipe.js";
import { reset } from "./reset.js";

/** One connection through the proxy: the socket of the client, the socket to the server, and a pipe in each direction. */
export class Link {
  /** Resolves when both sockets have closed. */
  readonly closed: Promise<void>;
  /** Resolves when the client has sent a FIN or a reset, also when a fault drops it. */
  readonly left: Promise<void>;
  readonly #sockets: Readonly<Record<Side, Socket>>;
  readonly #pipes: Readonly<Record<Side, Pipe>>;
  #hasLeft = false;

  constructor(client: Socket, server: Socket, clock: Clock) {
    this.#sockets = { client, server };
    const cut = (by: Ending) => this.#end(by);
    this.#pipes = { client: new Pipe(server, client, clock, cut), server: new Pipe(client, server, clock, cut) };
    this.left = new Promise((resolve) => {
      const leave = () => {
        this.#hasLeft = true;
        resolve();
      };
      client.on("end", leave).on("close", leave);
    });
    const closes = Object.values(this.#sockets).map((socket) => {
      socket.setNoDelay(true);
      return new Promise<void>((resolve) => socket.on("close", () => resolve()));
    });
    this.closed = Promise.all(closes).then(() => {
      for (const pipe of Object.values(this.#pipes)) pipe.end();
    });
  }

  /** Whether the client has sent a FIN or a reset. The server's end can stay open for longer, if a fault drops it. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** @throws RangeError on an invalid number of milliseconds or bytes */
  inflict(fault: Fault): void {
    assertFault(fault);
    for (const side of sidesOf(fault)) this.#inflict(this.#pipes[side], fault);
  }

  /** Removes all faults, or resets the connection if it has lost data. */
  heal(): void {
    const pipes = Object.values(this.#pipes);
    if (pipes.some((pipe) => pipe.isLossy)) this.reset();
    else for (const pipe of pipes) pipe.heal();
  }

  /** Resets both sockets. */
  reset(): void {
    this.#end("RST");
  }

  #inflict(pipe: Pipe, fault: Fault): void {
    switch (fault.does) {
      case "delay":
        pipe.delay(fault.ms);
        break;
      case "cut":
        pipe.cutAfter(fault.afterBytes, fault.by);
        break;
      case "black hole":
        pipe.swallow();
        break;
      case "half-close":
        pipe.halfClose();
        break;
      case "byte by byte":
        pipe.byteByByte(true);
        break;
      case "hold":
        pipe.hold();
        break;
      case "release":
        pipe.release();
        break;
    }
  }

  #end(by: Ending): void {
    for (const pipe of Object.values(this.#pipes)) pipe.swallow();
    for (const socket of Object.values(this.#sockets)) {
      if (by === "FIN") socket.end();
      else reset(socket);
    }
  }
}
