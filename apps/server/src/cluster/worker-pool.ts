import type { Clock, Logger } from "@trading/ws-server";
import { ALIVE_MS, type ToPrimary, type ToWorker } from "./worker-messages.js";

/** A running worker, as the pool uses it. */
export interface ForkedWorker {
  readonly pid: number | undefined;
  send(message: ToWorker): void;
  /** Ends it immediately. */
  kill(): void;
}

/** Notifications of a worker. */
export interface ForkListener {
  onMessage(message: ToPrimary): void;
  /** The process has ended. @param how its exit code, or the signal that ended it */
  onExit(how: number | NodeJS.Signals): void;
}

/** Dependencies of a {@link WorkerPool}. */
export interface WorkerPoolOptions {
  /** Number of workers. */
  readonly count: number;
  /** Time without a message after which a worker that listens is killed and replaced. In milliseconds; 0 = none. */
  readonly timeoutMs: number;
  /** Starts a process. */
  readonly fork: (number: number, listener: ForkListener) => ForkedWorker;
  /** The first worker listens. */
  readonly onListening: (message: ToPrimary & { readonly type: "listening" }) => void;
  /** No worker can be started. @param reason one sentence for the operator */
  readonly onFailed: (reason: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The time that workers have to end. */
export interface StopTimes {
  /** Time for clients to move, of all workers together. */
  readonly drainMs: number;
}

/** Failed starts in succession after which the pool gives up, if no worker listens. */
const MAX_FAILED_STARTS = 5;
/** Delay before the second replacement in succession; it doubles with each further one. The first one is immediate. */
const BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;
/** A worker that has run for this time is replaced without a delay. */
const STABLE_MS = 60_000;
/** Time for a worker to finish requests and close its files, after its clients have moved. */
const CLOSE_MS = 10_000;

/** The place of one worker, and of those that replace it. */
interface Slot {
  readonly number: number;
  worker: ForkedWorker | undefined;
  startedAt: number;
  isListening: boolean;
  /** Looks of the pool since the last message. A machine that was suspended adds one, however long that took. */
  silentLooks: number;
  /** The reason that it has sent, before it listens. */
  reason: string | undefined;
  /** Replacements in succession. */
  restarts: number;
  cancelRestart: () => void;
  onExit: () => void;
}

/**
 * Keeps a number of workers running. The first one starts alone, so that it creates the files and tables that all use; the
 * others start when it listens. One that ends is replaced, with growing delays if that happens again and again. One whose event
 * loop is blocked is killed.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #slots: readonly Slot[];
  #failedStarts = 0;
  #hasStarted = false;
  #isStopping = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.count }, (_, index) => ({
      number: index + 1,
      worker: undefined,
      startedAt: 0,
      isListening: false,
      silentLooks: 0,
      reason: undefined,
      restarts: 0,
      cancelRestart: () => {},
      onExit: () => {},
    }));
  }

  /** The numbers of the workers that listen. */
  get listening(): readonly number[] {
    return this.#slots.filter(({ isListening }) => isListening).map(({ number }) => number);
  }

  /** The numbers of the workers that run, listening or not. */
  get running(): readonly number[] {
    return this.#slots.filter(({ worker }) => worker !== undefined).map(({ number }) => number);
  }

  start(): void {
    const [first] = this.#slots;
    if (first !== undefined) this.#start(first);
    if (this.#options.timeoutMs > 0) this.#look();
  }

  /** Sends a message to all workers. */
  broadcast(message: ToWorker): void {
    for (const { worker } of this.#slots) worker?.send(message);
  }

  /**
   * Stops the workers one after the other, each with its share of the time for clients to move. One that does not end in time is
   * killed.
   *
   * @returns whether all have closed cleanly
   */
  async stop(signal: NodeJS.Signals, { drainMs }: StopTimes): Promise<boolean> {
    this.#isStopping = true;
    for (const slot of this.#slots) slot.cancelRestart();
    const share = Math.floor(drainMs / this.#slots.length);
    let isClean = true;
    for (const slot of this.#slots) isClean = (await this.#stop(slot, signal, share)) && isClean;
    return isClean;
  }

  /** Ends all workers immediately. */
  kill(): void {
    this.#isStopping = true;
    for (const { worker, cancelRestart } of this.#slots) {
      cancelRestart();
      worker?.kill();
    }
  }

  /** Kills workers that have been silent for too long, and looks again. */
  #look(): void {
    const { clock, logger, timeoutMs } = this.#options;
    clock.after(ALIVE_MS, () => {
      if (this.#isStopping) return;
      for (const { worker, isListening, number, silentLooks } of this.#slots) {
        if (!isListening || silentLooks * ALIVE_MS < timeoutMs) continue;
        logger.error("The event loop of a worker is blocked: the worker is killed", { worker: number, timeoutMs });
        worker?.kill();
      }
      for (const slot of this.#slots) slot.silentLooks++;
      this.#look();
    });
  }

  #start(slot: Slot): void {
    const { fork, clock } = this.#options;
    slot.startedAt = clock.monotonic();
    slot.silentLooks = 0;
    slot.reason = undefined;
    slot.worker = fork(slot.number, {
      onMessage: (message) => this.#onMessage(slot, message),
      onExit: (how) => this.#onExit(slot, how),
    });
  }

  #onMessage(slot: Slot, message: ToPrimary): void {
    slot.silentLooks = 0;
    if (message.type === "alive") return;
    if (message.type === "failed") {
      slot.reason = message.reason;
      return;
    }
    const { onListening, logger } = this.#options;
    slot.isListening = true;
    this.#failedStarts = 0;
    logger.info("A worker listens", { worker: slot.number, workerPid: slot.worker?.pid });
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    onListening(message);
    if (!this.#isStopping) for (const other of this.#slots) if (other !== slot) this.#start(other);
  }

  #onExit(slot: Slot, how: number | NodeJS.Signals): void {
    const { logger, onFailed, clock } = this.#options;
    const { number, reason, isListening } = slot;
    const lastedMs = clock.monotonic() - slot.startedAt;
    slot.worker = undefined;
    slot.isListening = false;
    slot.onExit();
    if (this.#isStopping) return;
    if (!isListening) this.#failedStarts++;
    const mayFail = this.#hasStarted ? MAX_FAILED_STARTS : 1;
    if (this.listening.length === 0 && this.#failedStarts >= mayFail) {
      this.kill();
      onFailed(reason ?? `Worker ${number} ended before it listened (${describe(how)}).`);
      return;
    }
    slot.restarts = lastedMs >= STABLE_MS ? 0 : slot.restarts;
    const delayMs = slot.restarts === 0 ? 0 : Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (slot.restarts - 1));
    slot.restarts++;
    const fields = { worker: number, how: describe(how), ...(reason !== undefined && { reason }), delayMs };
    logger.error("A worker has ended: it is replaced", fields);
    slot.cancelRestart = clock.after(delayMs, () => this.#start(slot));
  }

  #stop(slot: Slot, signal: NodeJS.Signals, drainMs: number): Promise<boolean> {
    const { worker, number } = slot;
    if (worker === undefined) return Promise.resolve(true);
    const { clock, logger } = this.#options;
    return new Promise((resolve) => {
      let isKilled = false;
      const cancel = clock.after(drainMs + CLOSE_MS, () => {
        isKilled = true;
        logger.error("A worker has not stopped in time, and is killed", { worker: number });
        worker.kill();
      });
      slot.onExit = () => {
        cancel();
        resolve(!isKilled);
      };
      worker.send({ type: "stop", signal, delayMs: 0, drainMs });
    });
  }
}

function describe(how: number | NodeJS.Signals): string {
  return typeof how === "number" ? `exit code ${how}` : how;
}
