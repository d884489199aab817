import type { Core } from "../core.js";

/** Within so long of being asked a server that lives has answered, when there is reason to doubt it. In milliseconds. */
const PROBE_MS = 5_000;

/**
 * Keeps a connection alive, and finds out when it is dead: after half of the interval there is a beat, whose answer proves
 * that the server lives. Where nothing at all arrives for the other half, the connection is dead.
 *
 * A session beats when nothing has arrived. A server of the origin closes a connection that has *sent* nothing, and
 * WebSocket pongs do not count: there it beats when nothing has gone out.
 */
export class Heartbeat {
  readonly #core: Core;
  #halfMs = 0;
  #isSession = false;
  #cancel = () => {};
  /** When the last frame came (session) or went (base). */
  #lastAt = 0;
  #isAwaiting = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** @param intervalMs the server's; 0 = no heartbeat */
  start(intervalMs: number, isSession: boolean): void {
    this.stop();
    this.#halfMs = intervalMs / 2;
    this.#isSession = isSession;
    this.#lastAt = this.#now();
    if (intervalMs > 0) this.#arm(this.#halfMs);
  }

  stop(): void {
    this.#cancel();
    this.#halfMs = 0;
    this.#isAwaiting = false;
  }

  /** A frame went out. One timer runs on and looks at this when it fires, since frames are many and beats are few. */
  sent(): void {
    if (!this.#isSession) this.#lastAt = this.#now();
  }

  /** A frame came in. */
  received(): void {
    this.#isAwaiting = false;
    if (this.#isSession) this.#lastAt = this.#now();
  }

  /** There is reason to doubt the connection: the network changed, or the computer slept. Asks now. */
  probe(): void {
    if (this.#halfMs === 0) return;
    this.#cancel();
    this.#isAwaiting = this.#beat();
    this.#arm(this.#isAwaiting ? Math.min(PROBE_MS, this.#halfMs) : this.#halfMs);
  }

  #arm(delayMs: number): void {
    const dueAt = this.#now() + delayMs;
    this.#cancel = this.#core.settings.clock.after(delayMs, () => this.#due(delayMs, this.#now() - dueAt));
  }

  #due(waitedMs: number, lateMs: number): void {
    const remainingMs = this.#lastAt + this.#halfMs - this.#now();
    // A timer this late was held up by sleep or by the browser, and what arrived meanwhile has not been read yet.
    if (lateMs > this.#halfMs / 2) this.probe();
    else if (this.#isAwaiting) this.#core.connection.drop(`silent for ${waitedMs / 1000} s after a heartbeat`);
    else if (remainingMs > 0) this.#arm(remainingMs);
    else {
      this.#isAwaiting = this.#beat();
      this.#arm(this.#halfMs);
    }
  }

  #now(): number {
    return this.#core.settings.clock.monotonic();
  }

  /** Sends a frame that the server answers, and says whether there was one to send: to a base server, a subscribe it holds. */
  #beat(): boolean {
    const { wire, subscriptions } = this.#core;
    const held = this.#isSession ? undefined : subscriptions.firstConfirmed();
    if (this.#isSession) wire.ping();
    else if (held) wire.ask("subscribe", held);
    return this.#isSession || held !== undefined;
  }
}
