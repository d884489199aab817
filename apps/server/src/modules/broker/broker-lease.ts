import { type Clock, type Logger, SourceError } from "@trading/ws-server";
import { type BrokerStore, StoreError, type StoreLease } from "./store/store.js";
import { withDeadline } from "./with-deadline.js";

/** Time between two attempts to acquire the lease. */
const RETRY_MS = 250;

/** Idle time after which the store is probed. */
const PROBE_MS = 1_000;

/** Deadlines for one attempt, for loading the state, and for any other call of the store. */
const ACQUIRE_MS = 10_000;
const LOAD_MS = 60_000;
const CALL_MS = 4_000;

/**
 * Age of the last confirmation up to which the state in memory is valid. Shorter than the time after which a database
 * gives the lease of a silent holder away.
 */
const VALID_MS = 8_000;

/** One moment on both clocks, in milliseconds. */
interface Moment {
  readonly monotonic: number;
  readonly now: number;
}

/** Whether this server runs the broker. */
export type LeaseState =
  /** The first attempt, or a takeover, is in progress. */
  | { readonly status: "starting" }
  /** This server runs the broker. */
  | { readonly status: "holder" }
  /** Another server runs it, and this one takes over when that one ends. */
  | { readonly status: "standby"; readonly holder: string }
  /** The store cannot be reached. */
  | { readonly status: "unavailable"; readonly reason: string };

export interface BrokerLeaseOptions {
  readonly store: BrokerStore;
  /** Identifies this server; unique for each process. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Loads the state of a store whose lease was acquired. @returns called when the status is about to be `holder` */
  readonly load: (lease: StoreLease) => Promise<() => void>;
  /** Called when the state has changed. */
  readonly onChange: (state: LeaseState) => void;
}

/**
 * Acquires the lease of the store, keeps it, and acquires it again after it was lost. Exactly one server of a store has
 * the status `holder`, and only the holder may answer from its memory.
 *
 * A failed call gives the lease up, because its outcome is unknown: the state is loaded again by the server that
 * acquires the lease next. An idle lease is probed each second.
 */
export class BrokerLease {
  readonly #options: BrokerLeaseOptions;
  #state: LeaseState = { status: "starting" };
  #lease: StoreLease | undefined;
  #pendingCalls = 0;
  /** When the store last confirmed the lease. */
  #confirmedAt: Moment = { monotonic: Number.NEGATIVE_INFINITY, now: Number.NEGATIVE_INFINITY };
  readonly #closing = new AbortController();
  /** Settles when the lease is no longer wanted. */
  #ended: Promise<void> = Promise.resolve();
  /** Ends the present pause between two attempts, or notifies that the lease is lost. */
  #wake = () => {};
  #cancelProbe = () => {};

  constructor(options: BrokerLeaseOptions) {
    this.#options = options;
  }

  get state(): LeaseState {
    return this.#state;
  }

  /** Whether the lease was confirmed so recently that no other server can have acquired it. */
  get isConfirmed(): boolean {
    const { monotonic, now } = this.#present;
    // While a computer is suspended, the monotonic clock of some systems stands still, and only the system time shows it.
    const ageMs = Math.max(monotonic - this.#confirmedAt.monotonic, now - this.#confirmedAt.now);
    // mutant: valid-ms
    return ageMs < VALID_MS;
  }

  get #present(): Moment {
    const { clock } = this.#options;
    return { monotonic: clock.monotonic(), now: clock.now() };
  }

  /**
   * Makes the first attempt; further ones follow by themselves.
   *
   * @throws StoreError if retrying is futile until somebody changes something
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ended = this.#keep(resolve).catch(reject);
    });
  }

  /**
   * Calls the store. If the call fails or exceeds its deadline, the lease is given up.
   *
   * @throws the store's error; SourceError if there is no lease
   */
  async call<Result>(run: (lease: StoreLease) => Promise<Result>): Promise<Result> {
    const lease = this.#lease;
    if (lease === undefined) throw unavailable(this.#state);
    const sentAt = this.#present;
    this.#pendingCalls++;
    try {
      const result = await withDeadline(this.#options.clock, CALL_MS, run(lease), "The broker's store");
      if (lease !== this.#lease) throw new Error("The lease was lost before the reply arrived");
      this.#confirmedAt = sentAt;
      return result;
    } catch (error) {
      this.#lose(lease, error);
      throw error;
    } finally {
      this.#pendingCalls--;
    }
  }

  /**
   * Calls the store for work whose failure says nothing about the lease or the state.
   *
   * @throws the store's error; SourceError if there is no lease
   */
  async lend<Result>(run: (lease: StoreLease) => Promise<Result>): Promise<Result> {
    if (this.#lease === undefined) throw unavailable(this.#state);
    return run(this.#lease);
  }

  /** Checks that this server still holds the lease. @throws the store's error */
  confirm(): Promise<void> {
    return this.call((lease) => lease.probe());
  }

  /** Gives the lease up, because the state in memory cannot be trusted; it is acquired and loaded again. */
  giveUp(error: Error): void {
    if (this.#lease !== undefined) this.#lose(this.#lease, error);
  }

  /** Releases the lease, so that another server can take over immediately. */
  async close(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    this.#cancelProbe();
    this.#closing.abort(new Error("The broker is stopping"));
    this.#wake();
    await this.#ended;
    if (lease === undefined) return;
    const { clock } = this.#options;
    await withDeadline(clock, CALL_MS, lease.release(), "Releasing the broker's store").catch(() => lease.abandon());
  }

  /** Acquires the lease again and again. @param onAttempt called after each attempt */
  async #keep(onAttempt: () => void): Promise<void> {
    let isFirst = true;
    while (!this.#closing.signal.aborted) {
      let pauseMs = RETRY_MS;
      try {
        if (await this.#acquire()) {
          onAttempt();
          const lost = new Promise<void>((resolve) => (this.#wake = resolve));
          if (this.#lease !== undefined) await lost;
          pauseMs = 0;
        }
      } catch (error) {
        if (isFirst && isRefusal(error)) throw error;
        this.#setUnavailable(error);
      }
      isFirst = false;
      onAttempt();
      if (pauseMs > 0) await this.#pause(pauseMs);
    }
  }

  /** Makes one attempt. @returns whether this server is the holder */
  async #acquire(): Promise<boolean> {
    const { store, name, clock, logger, load } = this.#options;
    const late = new AbortController();
    const cancel = clock.after(ACQUIRE_MS, () => late.abort(new Error(`No reply within ${ACQUIRE_MS} ms`)));
    const signal = AbortSignal.any([this.#closing.signal, late.signal]);
    const result = await abortable(store.acquire(name, signal), signal, (unused) => {
      if ("lease" in unused) unused.lease.abandon();
    }).finally(cancel);
    if ("holder" in result) {
      if (result.holder === name) throw new Error("A lost connection of this server has not ended yet");
      this.#set({ status: "standby", holder: result.holder });
      return false;
    }
    const { lease } = result;
    let install: () => void;
    let sentAt: Moment;
    try {
      install = await withDeadline(clock, LOAD_MS, load(lease), "Loading the broker's state");
      sentAt = this.#present;
      await withDeadline(clock, CALL_MS, lease.probe(), "The broker's store");
      this.#closing.signal.throwIfAborted();
    } catch (error) {
      lease.abandon();
      throw error;
    }
    this.#lease = lease;
    this.#confirmedAt = sentAt;
    void lease.lost.then((error) => this.#lose(lease, error));
    install();
    // The normal case at a start is not worth a line.
    logger[this.#state.status === "starting" ? "debug" : "info"]("This server runs the broker", { name });
    this.#set({ status: "holder" });
    this.#scheduleProbe();
    return true;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closing.signal.aborted) return resolve();
      const cancel = this.#options.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Gives a lease up, and immediately tries to acquire it again. */
  #lose(lease: StoreLease, error: unknown): void {
    if (lease !== this.#lease) return;
    this.#lease = undefined;
    this.#cancelProbe();
    lease.abandon();
    // mutant: fence
    this.#setUnavailable(error);
    this.#wake();
  }

  #scheduleProbe(): void {
    this.#cancelProbe = this.#options.clock.after(PROBE_MS, async () => {
      const lease = this.#lease;
      // A pending call shows by itself whether the store works.
      if (this.#pendingCalls === 0) await this.confirm().catch(() => {});
      if (lease !== undefined && lease === this.#lease) this.#scheduleProbe();
    });
  }

  #setUnavailable(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#state.status !== "unavailable" || this.#state.reason !== reason) {
      this.#options.logger.error("The broker's store failed", { error });
    }
    this.#set({ status: "unavailable", reason });
  }

  #set(state: LeaseState): void {
    const before = this.#state;
    this.#state = state;
    if (before.status === state.status && JSON.stringify(before) === JSON.stringify(state)) return;
    if (state.status === "standby") {
      this.#options.logger.info("Another server runs the broker; this one is a standby", { holder: state.holder });
    }
    this.#options.onChange(state);
  }
}

/** Waits for a promise until a signal is aborted. @param discard called with a result that is too late */
function abortable<Result>(promise: Promise<Result>, signal: AbortSignal, discard: (result: Result) => void) {
  return new Promise<Result>((resolve, reject) => {
    const abort = () => {
      promise.then(discard, () => {});
      reject(signal.reason);
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function isRefusal(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code !== "store_unreachable" && error.code !== "store_conflict";
}

/** Returns the error for a request that this server cannot serve in a state. */
export function unavailable({ status }: LeaseState): SourceError {
  if (status === "standby") {
    return temporary("standby", "Another server runs the broker, and this one is its standby");
  }
  return temporary("store_unavailable", "The broker cannot store changes at the moment");
}

/** Returns the retryable error of a request that was not executed. */
export function temporary(code: string, reason: string): SourceError {
  return new SourceError(code, `${reason}: nothing was changed. Try again later.`, { retryable: true });
}
