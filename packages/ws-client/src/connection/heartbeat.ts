import type { Clock } from "../timers.js";

/** Time that the server has to reply when the connection is in doubt, in milliseconds. */
const PROBE_MS = 5_000;

/** The actions that a heartbeat takes. */
export interface HeartbeatActions {
  /** Sends a frame that the server replies to. Returns false if there is none to send. */
  beat(isSession: boolean): boolean;
  /** Drops the connection because it is dead. */
  drop(reason: string): void;
}

/**
 * Keeps a connection alive, and detects when it is dead. It sends a beat after half of the interval; the reply proves that
 * the server is alive. If nothing arrives during the other half, the connection is dead.
 *
 * A session sends a beat when nothing has *arrived*. A legacy server closes a connection that has *sent* nothing, and does
 * not count WebSocket pongs: with such a server a beat is sent when nothing has been sent.
 *
 * A browser delays the timers of a hidden page by up to a minute if each was started by the one before. Received frames are
 * not delayed, so the first frame after a timer starts the next one, and sends a beat that is due.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #actions: HeartbeatActions;
  #halfMs = 0;
  #isSession = false;
  #cancel = () => {};
  /** The time of the last frame: received (session) or sent (base protocol). */
  #lastAt = 0;
  #isAwaitingReply = false;
  /** Whether a timer started the present one. */
  #isChained = false;

  constructor(clock: Clock, actions: HeartbeatActions) {
    this.#clock = clock;
    this.#actions = actions;
  }

  /** @param intervalMs the server's interval; 0 = no heartbeat */
  start(intervalMs: number, isSession: boolean): void {
    this.stop();
    this.#halfMs = intervalMs / 2;
    this.#isSession = isSession;
    this.#lastAt = this.#clock.monotonic();
    if (intervalMs > 0) this.#arm(this.#halfMs);
  }

  stop(): void {
    this.#cancel();
    this.#halfMs = 0;
    this.#isAwaitingReply = false;
  }

  /** A frame was sent. The timer keeps running and compares times when it fires: frames are many, beats are few. */
  frameSent(): void {
    if (!this.#isSession) this.#lastAt = this.#clock.monotonic();
  }

  /** A message was received. */
  messageReceived(): void {
    const now = this.#clock.monotonic();
    this.#isAwaitingReply = false;
    if (this.#isSession) this.#lastAt = now;
    if (this.#halfMs === 0) return;
    const remainingMs = this.#lastAt + this.#halfMs - now;
    if (remainingMs <= 0) this.#beat();
    else if (this.#isChained) this.#arm(remainingMs);
  }

  /** Sends a beat now, because the network changed or the computer slept. */
  probe(): void {
    if (this.#halfMs === 0) return;
    this.#beat();
    if (this.#isAwaitingReply) this.#arm(Math.min(PROBE_MS, this.#halfMs));
  }

  #beat(): void {
    this.#isAwaitingReply = this.#actions.beat(this.#isSession);
    this.#arm(this.#halfMs);
  }

  #arm(delayMs: number): void {
    const dueAt = this.#clock.monotonic() + delayMs;
    this.#cancel();
    this.#isChained = false;
    this.#cancel = this.#clock.after(delayMs, () => this.#due(delayMs, this.#clock.monotonic() - dueAt));
  }

  #due(waitedMs: number, lateMs: number): void {
    const remainingMs = this.#lastAt + this.#halfMs - this.#clock.monotonic();
    // A timer this late was delayed by sleep or by the browser, and frames that arrived meanwhile have not been read yet.
    // mutant: is-late
    if (lateMs > this.#halfMs / 2) this.probe();
    else if (this.#isAwaitingReply) this.#actions.drop(`silent for ${waitedMs / 1000} s after a heartbeat`);
    else if (remainingMs > 0) this.#arm(remainingMs);
    else this.#beat();
    this.#isChained = true;
  }
}
