import type { Clock } from "../../../src/index.js";
import type { Scheduler } from "./scheduler.js";

/** The clock of one process, which a simulation can pause and kill: its callbacks run late, or never. */
export class NodeClock implements Clock {
  readonly #scheduler: Scheduler;
  #pausedUntil = 0;
  #isDead = false;
  /** The callbacks that became due while it is paused, in order. */
  #late: (() => void)[] = [];

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  now(): number {
    return this.#scheduler.clock.now();
  }

  monotonic(): number {
    return this.#scheduler.now;
  }

  after(delayMs: number, run: () => void): () => void {
    let isCancelled = false;
    const cancel = this.#scheduler.after(delayMs, () => {
      this.#scheduler.touch();
      this.run(() => {
        if (!isCancelled) run();
      });
    });
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  endOfTurn(run: () => void): () => void {
    return this.#scheduler.after(0, () => this.run(run));
  }

  /** Runs a callback now, or when the process continues. */
  run(callback: () => void): void {
    if (this.#isDead) return;
    if (this.#late.length > 0 || this.#pausedUntil > this.#scheduler.now) this.#late.push(callback);
    else callback();
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#scheduler.now + ms);
    this.#scheduler.after(ms, () => this.#continue());
  }

  kill(): void {
    this.#isDead = true;
    this.#late = [];
  }

  #continue(): void {
    if (this.#isDead || this.#pausedUntil > this.#scheduler.now) return;
    const late = this.#late;
    this.#late = [];
    // Each in a separate event, so that promises settle in between.
    for (const callback of late) {
      this.#scheduler.after(0, () => {
        this.#scheduler.touch();
        this.run(callback);
      });
    }
  }
}
