import { ManualClock } from "@trading/topic/testing";
import { type Client, type ClientOptions, createClient, type SocketLike } from "../../src/index.js";

/** The network's latency in one direction. */
const LATENCY_MS = 1;
/** Longer than the maximum backoff, so that every client has reset its backoff after an earlier failure. */
const QUIET_MS = 60_000;
const WELCOME = JSON.stringify({
  type: "session.welcome",
  payload: {
    connectionId: "c",
    protocol: 2,
    // Disabled: heartbeats do not affect reconnection.
    heartbeatIntervalMs: 0,
    maxConnectionLifespanMs: 3_600_000,
    serverTime: 0,
    server: "herd/1",
  },
});

type Handler = ((event: object) => void) | null;

/** The distribution of the connection attempts after an event. */
export interface ReconnectStats {
  readonly attempts: number;
  /** The maximum number of attempts within any 100 ms. */
  readonly busiest: number;
  /** `busiest` as a share of all attempts. */
  readonly share: number;
  /** Milliseconds from the event to the last attempt. */
  readonly durationMs: number;
}

/** Thousands of clients of one server that restarts. All share one clock and one random seed. */
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
        herd.#clock.after(LATENCY_MS, () => herd.#handshake(this));
      }
    }
    this.#clients = Array.from({ length: count }, () =>
      createClient({ url: "ws://herd/api/v1/ws", WebSocket: Socket, clock: this.#clock, eager: true, ...options }),
    );
  }

  get #areAllConnected(): boolean {
    return this.#clients.every(({ state }) => state.status === "connected");
  }

  /** Kills the server, and restarts it after `downMs`. */
  crash(downMs: number): ReconnectStats {
    return this.#measure(() => {
      this.#isUp = false;
      this.#endAll(1006);
      this.#clock.advance(downMs);
    });
  }

  /**
   * Drains the server: it announces `reconnectAfterMs`, closes the remaining connections after that time with the window that
   * ws-server gives for their number, and restarts after another `downMs`. It refuses new connections until the restart.
   */
  drain(reconnectAfterMs: number, downMs: number): ReconnectStats {
    return this.#measure(() => {
      this.#isUp = false;
      this.#announce(reconnectAfterMs);
      this.#clock.advance(reconnectAfterMs);
      this.#announce(Math.max(1_000, this.#open.size / 2.5));
      this.#endAll(1012);
      this.#clock.advance(downMs);
    });
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  /** The number of pending timers; 0 after `close`. */
  get pending(): number {
    return this.#clock.pending;
  }

  #measure(event: () => void): ReconnectStats {
    this.#clock.advance(QUIET_MS);
    const start = this.#clock.monotonic();
    this.#attempts = [];
    event();
    this.#isUp = true;
    while (!this.#areAllConnected) this.#clock.advance(1_000);
    const attempts = this.#attempts;
    const busiest = maxWithin(attempts, 100);
    return {
      attempts: attempts.length,
      busiest,
      share: busiest / attempts.length,
      durationMs: (attempts.at(-1) ?? start) - start,
    };
  }

  #handshake(socket: HerdSocket): void {
    if (socket.isClosed) return;
    if (this.#isUp) {
      this.#open.add(socket);
      socket.accept();
    } else socket.end(1006);
  }

  #announce(reconnectAfterMs: number): void {
    for (const socket of this.#open) socket.receive({ type: "server.draining", payload: { reconnectAfterMs } });
  }

  #endAll(code: number): void {
    const sockets = [...this.#open];
    this.#open.clear();
    for (const socket of sockets) socket.end(code);
  }
}

/** The socket of one client. */
class HerdSocket implements SocketLike {
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onerror: SocketLike["onerror"] = null;
  onclose: SocketLike["onclose"] = null;
  isClosed = false;
  readonly #onLeave: (socket: HerdSocket) => void;

  constructor(onLeave: (socket: HerdSocket) => void) {
    this.#onLeave = onLeave;
  }

  send(): void {}

  close(): void {
    this.isClosed = true;
    this.#onLeave(this);
  }

  accept(): void {
    (this.onopen as Handler)?.({});
    (this.onmessage as Handler)?.({ data: WELCOME });
  }

  receive(message: object): void {
    (this.onmessage as Handler)?.({ data: JSON.stringify(message) });
  }

  end(code: number): void {
    (this.onclose as Handler)?.({ code, reason: "" });
  }
}

/** Returns the maximum number of times within any window of `windowMs`. @param times ascending */
function maxWithin(times: readonly number[], windowMs: number): number {
  let max = 0;
  let first = 0;
  for (const [index, time] of times.entries()) {
    while ((times[first] as number) <= time - windowMs) first++;
    max = Math.max(max, index - first + 1);
  }
  return max;
}

/** Returns a seeded random source: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
