import type { Clock } from "../platform/clock.js";
import type { Heartbeat } from "./heartbeat.js";
import type { TokenBucket } from "./rate-limit.js";
import type { Socket } from "./socket.js";

/** Reasons for pausing reads, as bit flags. */
export const PauseReason = {
  /** The client sent requests faster than the limit. */
  requestRate: 1,
  /** The outbound queue is full. */
  outboundQueue: 2,
  /** Too many requests are in flight. */
  pendingReplies: 4,
  /** Requests that have been read wait for a later turn of the event loop. */
  waitingRequests: 8,
} as const;

/** Set once the connection closes: reading is neither paused nor resumed any more. */
const STOPPED = 16;

export interface BackpressureServices {
  readonly clock: Clock;
}

/** The buckets that limit a connection's requests: its own, and those that it shares. */
export interface RateLimited {
  readonly usages: readonly { readonly requests: TokenBucket }[];
}

/** Bytes of requests that count as one more request, so that large ones cannot be sent as often. */
const REQUEST_BYTES = 16_384;

/**
 * Stops reading a client's requests while there is a reason to, so that TCP makes the client wait. Several reasons can
 * hold at the same time; reading resumes when the last one is gone.
 */
export class Backpressure {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #heartbeat: Heartbeat;
  readonly #limited: RateLimited;
  /** The socket's received bytes that have been counted. */
  #countedBytes = 0;
  #reasons = 0;
  #cancelWait: (() => void) | undefined;

  constructor(socket: Socket, { clock }: BackpressureServices, heartbeat: Heartbeat, limited: RateLimited) {
    this.#socket = socket;
    this.#clock = clock;
    this.#heartbeat = heartbeat;
    this.#limited = limited;
    this.#countedBytes = socket.receivedBytes ?? 0;
  }

  /** Counts a received message with its bytes, and pauses reading while the client is over its request rate. */
  countRequest(): void {
    const received = this.#socket.receivedBytes ?? 0;
    const further = Math.floor((received - this.#countedBytes) / REQUEST_BYTES);
    this.#countedBytes += further * REQUEST_BYTES;
    let waitMs = 0;
    for (const { requests } of this.#limited.usages) waitMs = Math.max(waitMs, requests.take(1 + further));
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
    this.#cancelWait?.();
  }
}
