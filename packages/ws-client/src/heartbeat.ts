import type { Clock } from "./options.js";

export interface HeartbeatDoes {
  /** Sends a frame that the server answers, and says whether there was one to send. */
  beat(): boolean;
  /** Nothing arrived for so long after a beat. */
  dead(silentMs: number): void;
}

/**
 * Keeps a connection alive the origin's way: its server closes one that has sent nothing for the heartbeat interval, and
 * WebSocket pongs do not count. So after half of it without sending, there is a beat.
 *
 * Its answer proves the server alive in turn: where nothing at all arrives until the next, the connection is dead.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #halfMs: number;
  readonly #does: HeartbeatDoes;
  #cancel = () => {};
  #sentAt = 0;
  #awaiting = false;

  constructor(clock: Clock, intervalMs: number, does: HeartbeatDoes) {
    this.#clock = clock;
    this.#halfMs = intervalMs / 2;
    this.#does = does;
  }

  start(): void {
    this.stop();
    this.sent();
    if (this.#halfMs > 0) this.#arm(this.#halfMs);
  }

  stop(): void {
    this.#cancel();
    this.#awaiting = false;
  }

  /** A frame went out. One timer runs on and looks at this when it fires, since sends are many and beats are few. */
  sent(): void {
    this.#sentAt = this.#clock.monotonic();
  }

  /** A frame came in. */
  received(): void {
    this.#awaiting = false;
  }

  #arm(delayMs: number): void {
    this.#cancel = this.#clock.after(delayMs, () => this.#due());
  }

  #due(): void {
    const remainingMs = this.#sentAt + this.#halfMs - this.#clock.monotonic();
    if (remainingMs > 0) {
      this.#arm(remainingMs);
    } else if (this.#awaiting) {
      this.#does.dead(this.#halfMs);
    } else {
      this.#awaiting = this.#does.beat();
      this.#arm(this.#halfMs);
    }
  }
}
