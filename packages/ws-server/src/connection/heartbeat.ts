import type { Clock } from "../platform/clock.js";
import type { Close, Protocol } from "./protocol.js";
import type { Socket } from "./socket.js";

/** The heartbeat settings that all connections of one protocol share. */
export interface HeartbeatSettings {
  readonly clock: Clock;
  /** Milliseconds of silence before the connection is closed; 0 = no limit. */
  readonly idleMs: number;
  /** Whether to ping the client after half of `idleMs`. */
  readonly pings: boolean;
  readonly idleClose: Close;
  readonly lifespanClose: Close;
}

/** Returns the heartbeat settings of a protocol's connections. */
export function heartbeatSettings(
  clock: Clock,
  { countsPongs, closes }: Protocol,
  limits: { readonly heartbeatIntervalMs: number; readonly maxConnectionLifespanMs: number },
): HeartbeatSettings {
  const { heartbeatIntervalMs, maxConnectionLifespanMs } = limits;
  return {
    clock,
    idleMs: heartbeatIntervalMs,
    pings: countsPongs,
    idleClose: closes.idle(heartbeatIntervalMs, maxConnectionLifespanMs),
    lifespanClose: closes.lifespan(heartbeatIntervalMs, maxConnectionLifespanMs),
  };
}

/** A timer that fires later than this share of the interval was delayed by a busy process. */
const LATE_SHARE = 0.1;

/**
 * Closes a connection whose client has been silent for too long, or that has reached its maximum lifespan.
 *
 * There is one timer per connection, and it is set again only when it fires, so that a received message costs no more than
 * recording the time. An idle connection is closed only when the timer fired on time and everything that the network had
 * delivered has been read: a busy process cannot read, so silence during that time says nothing about the client. After a
 * late timer, the silence is measured from the beginning again.
 */
export class Heartbeat {
  readonly #settings: HeartbeatSettings;
  readonly #socket: Pick<Socket, "ping">;
  readonly #connection: { close(close: Close): void };
  readonly #endAt: number;
  #lastBeat: number;
  #hasPinged = false;
  #cancel: (() => void) | undefined;

  /**
   * @param lifespanMs 0 = no limit
   * @param connection closed once, by an idle or a lifespan timeout
   */
  constructor(
    settings: HeartbeatSettings,
    lifespanMs: number,
    socket: Pick<Socket, "ping">,
    connection: { close(close: Close): void },
  ) {
    this.#settings = settings;
    this.#socket = socket;
    this.#connection = connection;
    this.#lastBeat = settings.clock.monotonic();
    this.#endAt = this.#lastBeat + (lifespanMs || Number.POSITIVE_INFINITY);
    this.#schedule();
  }

  /** Records a sign of life from the client. */
  beat(): void {
    this.#lastBeat = this.#settings.clock.monotonic();
    this.#hasPinged = false;
  }

  stop(): void {
    this.#cancel?.();
  }

  get #idleMs(): number {
    return this.#settings.idleMs || Number.POSITIVE_INFINITY;
  }

  #schedule(): void {
    const { clock, pings } = this.#settings;
    const silenceMs = pings && !this.#hasPinged ? this.#idleMs / 2 : this.#idleMs;
    const dueAt = Math.min(this.#endAt, this.#lastBeat + silenceMs);
    if (dueAt === Number.POSITIVE_INFINITY) return;
    this.#cancel = clock.after(Math.max(0, dueAt - clock.monotonic()), () => this.#onTimer(dueAt));
  }

  #onTimer(dueAt: number): void {
    const { clock, pings, lifespanClose } = this.#settings;
    const now = clock.monotonic();
    if (now >= this.#endAt) {
      this.#connection.close(lifespanClose);
      return;
    }
    // The process was too busy to read or to ping, so the client gets a whole new interval.
    // mutant: forgive-late-timer
    if (now - dueAt > this.#idleMs * LATE_SHARE) this.beat();
    const silentMs = now - this.#lastBeat;
    if (silentMs >= this.#idleMs) {
      this.#cancel = clock.endOfTurn(() => this.#closeIfIdle());
      return;
    }
    if (pings && !this.#hasPinged && silentMs >= this.#idleMs / 2) {
      this.#socket.ping();
      this.#hasPinged = true;
    }
    this.#schedule();
  }

  #closeIfIdle(): void {
    const { clock, idleClose } = this.#settings;
    // mutant: is-still-idle
    if (clock.monotonic() - this.#lastBeat >= this.#idleMs) this.#connection.close(idleClose);
    else this.#schedule();
  }
}
