import { type Clock, type Logger, type Random, SourceError } from "@trading/ws-server";
import type { Engine } from "./engine/engine.js";
import { Refusal } from "./engine/refusal.js";
import type { Changes, Snapshot } from "./engine/rows.js";
import type { BrokerStore, StoredState } from "./store/store.js";

/** How many commands are kept in one commit at most; the others wait for the next. */
// mutant: batch-size
const MAX_BATCH_SIZE = 1_000;

/** How many may wait, where the store is slow. */
const MAX_QUEUED = 10_000;

const RELOAD_MS = 1_000;

export interface GroupCommitOptions {
  readonly store: BrokerStore;
  readonly createEngine: (snapshot: Snapshot) => Engine;
  /** How long the engine lists what has finished. */
  readonly finishedForMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Called with an engine that was loaded, before any command reaches it. */
  readonly onLoaded: (snapshot: Snapshot) => void;
  /** Called with what has changed once it is kept, before those are answered who asked for it. Never throws. */
  readonly onCommitted: (changes: Changes) => void;
  /** Called when `isReady` has changed. */
  readonly onReady: () => void;
}

/** Something the engine is to do or to tell. What it throws is a `Refusal`, or a fault. */
export type Command<Result> = (engine: Engine, now: number) => Result;

interface Job {
  readonly command: Command<unknown>;
  /** Called with the command's result when it is kept. */
  reply(result: unknown, now: number): void;
  reject(error: unknown): void;
}

/**
 * The one way to the engine: what comes in one turn of the event loop, or while a commit is under way, is done in its
 * order and kept in one commit. Nobody is answered before, reads included, so whatever is told outlives the process.
 *
 * Where a commit fails, all of it is undone: its commands are refused, and the engine is loaded from the store again.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  /** Names this process's commits. */
  readonly #run: string;
  #commits = 0;
  /** Undefined while it is loaded anew. */
  #engine: Engine | undefined;
  #lastCommit = "";
  #jobs: Job[] = [];
  #isWorking = false;
  #isClosing = false;
  #onIdle = () => {};

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#run = options.random.id();
  }

  /** Loads the engine. @throws what the store throws where it cannot be loaded */
  async start(): Promise<void> {
    this.#install(await this.#load());
  }

  /** Whether commands are taken. */
  get isReady(): boolean {
    return this.#engine !== undefined && !this.#isClosing;
  }

  /**
   * Has a command done and what it changes kept.
   *
   * @throws Refusal the command's own
   * @throws SourceError `store_unavailable`, `too_busy` or `closing`: nothing was done, and asking again later may help
   */
  run<Result>(command: Command<Result>): Promise<Result> {
    return this.#enqueue((resolve) => ({ command, reply: (result) => resolve(result as Result) }));
  }

  /**
   * Has a command done and what it changes kept, and then reads, in the same turn in which listeners are told: nothing
   * happens between the two.
   *
   * @throws as `run`
   */
  runAndRead<Result>(command: Command<unknown>, read: Command<Result>): Promise<Result> {
    return this.#enqueue((resolve) => ({ command, reply: (_, now) => resolve(read(this.#engine as Engine, now)) }));
  }

  #enqueue<Result>(job: (resolve: (result: Result) => void) => Omit<Job, "reject">): Promise<Result> {
    if (this.#isClosing) return Promise.reject(unavailable("closing", "The broker is about to stop"));
    if (this.#engine === undefined) return Promise.reject(storeUnavailable());
    if (this.#jobs.length >= MAX_QUEUED)
      return Promise.reject(unavailable("too_busy", "The broker has too much to do"));
    return new Promise<Result>((resolve, reject) => {
      this.#jobs.push({ ...job(resolve), reject });
      if (!this.#isWorking) void this.#drain();
    });
  }

  /** Does and keeps what was taken before, and takes no more. The store stays open. */
  async close(): Promise<void> {
    this.#isClosing = true;
    // mutant: finish-pending
    if (this.#isWorking) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  async #drain(): Promise<void> {
    this.#isWorking = true;
    while (this.#jobs.length > 0) {
      await this.#endOfTurn();
      await this.#runBatch(this.#jobs.splice(0, MAX_BATCH_SIZE));
    }
    this.#isWorking = false;
    this.#onIdle();
  }

  #endOfTurn(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.endOfTurn(resolve));
  }

  async #runBatch(jobs: readonly Job[]): Promise<void> {
    const { clock, logger, store, onCommitted } = this.#options;
    const engine = this.#engine as Engine;
    const now = clock.now();
    const replies: (() => void)[] = [];
    for (const { command, reply, reject } of jobs) {
      try {
        const result = command(engine, now);
        replies.push(() => {
          try {
            reply(result, now);
          } catch (error) {
            reject(error);
          }
        });
      } catch (error) {
        replies.push(() => reject(error));
        if (error instanceof Refusal) continue;
        // A fault of ours: nobody knows what it has left in the engine.
        logger.error("A broker's command failed", { error });
        reject(error);
        // mutant: undo-internal-error
        await this.#rollBack(jobs);
        return;
      }
    }
    const changes = engine.takeChanges();
    const order = { id: `${this.#run}/${++this.#commits}`, after: this.#lastCommit };
    // mutant: commit
    try {
      // mutant: has-changes
      if (hasRows(changes)) {
        await store.commit(changes, order);
        this.#lastCommit = order.id;
      }
    } catch (error) {
      logger.error("The broker's store failed", { error });
      // It may have been kept, and only its confirmation was lost.
      // mutant: undo-failed-commit
      if (!(await this.#rollBack(jobs, order.id))) return;
    }
    // mutant: notify-listeners
    onCommitted(changes);
    // mutant: acknowledge
    for (const reply of replies) reply();
  }

  /**
   * Goes back to what is kept.
   *
   * @param id of the commit that failed
   * @returns whether it was kept all the same; if not, its commands have been refused
   */
  async #rollBack(jobs: readonly Job[], id?: string): Promise<boolean> {
    this.#engine = undefined;
    this.#options.onReady();
    for (const { reject } of this.#jobs.splice(0)) reject(storeUnavailable());
    const stored = await this.#reload();
    if (stored === undefined) {
      for (const { reject } of jobs) reject(inDoubt());
      return false;
    }
    const isCommitted = /* mutant: is-stored */ stored.lastCommit === id;
    if (!isCommitted) for (const { reject } of jobs) reject(storeUnavailable());
    this.#install(stored);
    this.#options.onReady();
    return isCommitted;
  }

  /** Loads as soon as the store can. @returns undefined where the broker is closed before */
  async #reload(): Promise<StoredState | undefined> {
    const { clock, logger } = this.#options;
    while (true) {
      try {
        return await this.#load();
      } catch (error) {
        logger.error("The broker's store cannot be loaded", { error });
        if (this.#isClosing) return undefined;
        await new Promise<void>((resolve) => clock.after(RELOAD_MS, resolve));
      }
    }
  }

  #load(): Promise<StoredState> {
    const { store, clock, finishedForMs } = this.#options;
    return store.load(clock.now() - finishedForMs);
  }

  #install({ snapshot, lastCommit }: StoredState): void {
    this.#lastCommit = lastCommit;
    // mutant: rebuild-engine
    this.#engine = this.#options.createEngine(snapshot);
    this.#options.onLoaded(snapshot);
  }
}

function hasRows({ accounts, orders, positions, executions, notifications }: Changes): boolean {
  return [accounts, orders, positions, executions, notifications].some((rows) => rows.length > 0);
}

function storeUnavailable(): SourceError {
  return unavailable("store_unavailable", "The broker cannot keep anything for the moment");
}

function inDoubt(): SourceError {
  return new SourceError("in_doubt", "The broker's store failed: it may have been done. Look whether it was.");
}

function unavailable(code: string, reason: string): SourceError {
  return new SourceError(code, `${reason}: nothing was done. Try again later.`, { retryable: true });
}
