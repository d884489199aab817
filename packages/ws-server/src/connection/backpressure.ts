import type { Clock } from "../platform/clock.js";
import type { Heartbeat } from "./heartbeat.js";
import { type Rate, TokenBucket } from "./rate-limit.js";
import type { Socket } from "./socket.js";

/** Reasons for pausing reads, as bit flags. */
export const PauseReason = {
  /** The client sent requests faster than the limit. */
  requestRate: 1,
  /** The outbound queue is full. */
  outboundQueue: 2,
  /** Too many requests are in flight. */
  pendingReplies: 4,
} as const;

/** Set once the connection closes: reading is neither paused nor resumed any more. */
const STOPPED = 8;

export interface BackpressureServices {
  readonly clock: Clock;
  readonly requestRate: Rate;
}

/**
 * Stops reading a client's requests while there is a reason to, so that TCP makes the client wait. Several reasons can
 * hold at the same time; reading resumes when the last one is gone.
 */
export class Backpressure {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #heartbeat: Heartbeat;
  readonly #requests: TokenBucket;
  #reasons = 0;
  #cancelWait = () => {};

  constructor(socket: Socket, { clock, requestRate }: BackpressureServices, heartbeat: Heartbeat) {
    this.#socket = socket;
    this.#clock = clock;
    this.#heartbeat = heartbeat;
    this.#requests = new TokenBucket(requestRate, clock);
  }

  /** Counts a received frame, and pauses reading while the client is over its request rate. */
  countRequest(): void {
    const waitMs = this.#requests.take();
    if (waitMs === 0 || (this.#reasons & PauseReason.requestRate) !== 0) return;
    this.pause(PauseReason.requestRate);
    this.#cancelWait = this.#clock.after(waitMs, () => this.resume(PauseReason.requestRate));
  }

  /** Frames have left for the network: while reading is paused, this is the only sign of life from the client. */
  onSent(): void {
    if (this.#reasons !== 0) this.#heartbeat.beat();
  }

  pause(reason: number): void {
    if ((this.#reasons & STOPPED) !== 0) return;
    if (this.#reasons === 0) this.#socket.pause();
    this.#reasons |= reason;
  }

  resume(reason: number): void {
    if ((this.#reasons & reason) === 0) return;
    this.#reasons &= ~reason;
    if (this.#reasons === 0) this.#socket.resume();
  }

  /** Leaves the socket alone from now on. */
  stop(): void {
    this.#reasons |= STOPPED;
    this.#cancelWait();
  }
}
