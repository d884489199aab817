import { ManualClock } from "@trading/topic/testing";
import { type Client, type ClientOptions, createClient, type SocketLike } from "../../src/index.js";

/** One way through the network. */
const LATENCY_MS = 1;
/** Longer than the widest window, so that no client remembers an earlier failure. */
const QUIET_MS = 60_000;
const WELCOME = JSON.stringify({
  type: "session.welcome",
  payload: {
    connectionId: "c",
    protocol: 2,
    // None: a heartbeat connects nobody.
    heartbeatIntervalMs: 0,
    maxConnectionLifespanMs: 3_600_000,
    serverTime: 0,
    server: "herd/1",
  },
});

type Handler = ((event: object) => void) | null;

/** What the attempts after an event came to. */
export interface Stampede {
  readonly attempts: number;
  /** The most attempts within any 100 ms. */
  readonly busiest: number;
  /** These as a share of all attempts. */
  readonly share: number;
  /** From the event to the last connection. */
  readonly lastedMs: number;
}

/** Very many clients of one server, which comes and goes; all on one clock, from one seed. */
export class Herd {
  readonly #clock = new ManualClock();
  readonly #clients: Client[];
  readonly #open = new Set<HerdSocket>();
  #isUp = true;
  #attempts: number[] = [];

  constructor(count: number, options: Partial<ClientOptions>) {
    const herd = this;
    class Socket extends HerdSocket {
      constructor() {
        super((socket) => herd.#open.delete(socket));
        herd.#attempts.push(herd.#clock.monotonic());
        herd.#clock.after(LATENCY_MS, () => herd.#answer(this));
      }
    }
    this.#clients = Array.from({ length: count }, () =>
      createClient({ url: "ws://herd/api/v1/ws", WebSocket: Socket, clock: this.#clock, eager: true, ...options }),
    );
  }

  get #areAllConnected(): boolean {
    return this.#clients.every(({ state }) => state.status === "connected");
  }

  /** The process dies, and is back after so long. */
  die(goneMs: number): Stampede {
    return this.#during(() => {
      this.#isUp = false;
      this.#endAll(1006);
      this.#clock.advance(goneMs);
    });
  }

  /** The server says that it goes, closes who has not left by then, and is back after so long. Nobody is let in meanwhile. */
  drain(reconnectAfterMs: number, goneMs: number): Stampede {
    return this.#during(() => {
      this.#isUp = false;
      for (const socket of this.#open) socket.hear({ type: "server.draining", payload: { reconnectAfterMs } });
      this.#clock.advance(reconnectAfterMs);
      this.#endAll(1012);
      this.#clock.advance(goneMs);
    });
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  /** How many timers are left; 0 once it is closed. */
  get pending(): number {
    return this.#clock.pending;
  }

  #during(event: () => void): Stampede {
    this.#clock.advance(QUIET_MS);
    const start = this.#clock.monotonic();
    this.#attempts = [];
    event();
    this.#isUp = true;
    while (!this.#areAllConnected) this.#clock.advance(1_000);
    const attempts = this.#attempts;
    const busiest = mostWithin(attempts, 100);
    return {
      attempts: attempts.length,
      busiest,
      share: busiest / attempts.length,
      lastedMs: (attempts.at(-1) ?? start) - start,
    };
  }

  #answer(socket: HerdSocket): void {
    if (socket.isClosed) return;
    if (this.#isUp) {
      this.#open.add(socket);
      socket.accept();
    } else socket.end(1006);
  }

  #endAll(code: number): void {
    const sockets = [...this.#open];
    this.#open.clear();
    for (const socket of sockets) socket.end(code);
  }
}

/** A socket of a client of the herd. */
class HerdSocket implements SocketLike {
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onerror: SocketLike["onerror"] = null;
  onclose: SocketLike["onclose"] = null;
  isClosed = false;
  readonly #left: (socket: HerdSocket) => void;

  constructor(left: (socket: HerdSocket) => void) {
    this.#left = left;
  }

  send(): void {}

  close(): void {
    this.isClosed = true;
    this.#left(this);
  }

  accept(): void {
    (this.onopen as Handler)?.({});
    (this.onmessage as Handler)?.({ data: WELCOME });
  }

  hear(message: object): void {
    (this.onmessage as Handler)?.({ data: JSON.stringify(message) });
  }

  end(code: number): void {
    (this.onclose as Handler)?.({ code, reason: "" });
  }
}

/** The most of these times within any window so long. @param times ascending */
function mostWithin(times: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, time] of times.entries()) {
    while ((times[first] as number) <= time - windowMs) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** A seeded source of chance: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
