import { type Clock, type Logger, type Random, SourceError } from "@trading/ws-server";
import type { Engine } from "./engine/engine.js";
import { Refusal } from "./engine/refusal.js";
import type { Changes, Snapshot } from "./engine/rows.js";
import type { BrokerStore, StoredState } from "./store/store.js";

/** Maximum number of commands per commit; the others wait for the next one. */
// mutant: batch-size
const MAX_BATCH_SIZE = 1_000;

/** Maximum number of waiting commands; more are rejected with `too_busy`. */
const MAX_QUEUED = 10_000;

const RELOAD_MS = 1_000;

export interface GroupCommitOptions {
  readonly store: BrokerStore;
  readonly createEngine: (snapshot: Snapshot) => Engine;
  /** Milliseconds for which the engine lists finished orders. */
  readonly finishedForMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Called after the engine was loaded, before it receives a command. */
  readonly onLoaded: (snapshot: Snapshot) => void;
  /** Called with the changes after they were committed, before the commands' promises resolve. Must not throw. */
  readonly onCommitted: (changes: Changes) => void;
  /** Called when `isReady` changes. */
  readonly onReady: () => void;
}

/** A command or query for the engine. It throws a `Refusal` to reject; any other error is an internal error. */
export type Command<Result> = (engine: Engine, now: number) => Result;

interface Job {
  readonly command: Command<unknown>;
  /** Called with the command's result after the commit. */
  reply(result: unknown, now: number): void;
  reject(error: unknown): void;
}

/**
 * Serializes all access to the engine. Commands that arrive in one turn of the event loop, or during a commit, run in
 * order and are stored in one commit. No promise resolves before that commit, including those of queries, so everything
 * that was reported survives a crash.
 *
 * If a commit fails, its commands are rejected, and the engine is loaded from the store again, which discards their
 * changes.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  /** Prefix of this process's commit ids. */
  readonly #run: string;
  #commits = 0;
  /** Undefined while it is reloaded. */
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

  /** Loads the engine. @throws the store's error if it cannot be loaded */
  async start(): Promise<void> {
    this.#install(await this.#load());
  }

  /** Whether commands are accepted. */
  get isReady(): boolean {
    return this.#engine !== undefined && !this.#isClosing;
  }

  /**
   * Runs a command and commits its changes.
   *
   * @throws Refusal thrown by the command
   * @throws SourceError `store_unavailable`, `too_busy` or `closing`: nothing was changed, and a retry can succeed
   */
  run<Result>(command: Command<Result>): Promise<Result> {
    return this.#enqueue((resolve) => ({ command, reply: (result) => resolve(result as Result) }));
  }

  /**
   * Runs a command, commits its changes, and then runs a query in the same turn in which listeners are notified, so
   * that no change happens in between.
   *
   * @throws the same as `run`
   */
  runAndRead<Result>(command: Command<unknown>, read: Command<Result>): Promise<Result> {
    return this.#enqueue((resolve) => ({ command, reply: (_, now) => resolve(read(this.#engine as Engine, now)) }));
  }

  #enqueue<Result>(job: (resolve: (result: Result) => void) => Omit<Job, "reject">): Promise<Result> {
    if (this.#isClosing) return Promise.reject(unavailable("closing", "The broker is stopping"));
    if (this.#engine === undefined) return Promise.reject(storeUnavailable());
    if (this.#jobs.length >= MAX_QUEUED) return Promise.reject(unavailable("too_busy", "The broker is overloaded"));
    return new Promise<Result>((resolve, reject) => {
      this.#jobs.push({ ...job(resolve), reject });
      if (!this.#isWorking) void this.#drain();
    });
  }

  /** Runs and commits pending commands, and rejects new ones. The store stays open. */
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
        // An internal error: it may have left the engine in an inconsistent state.
        logger.error("A broker command failed", { error });
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
      // The commit may have succeeded, with only its confirmation lost.
      // mutant: undo-failed-commit
      if (!(await this.#rollBack(jobs, order.id))) return;
    }
    // mutant: notify-listeners
    onCommitted(changes);
    // mutant: acknowledge
    for (const reply of replies) reply();
  }

  /**
   * Discards the changes and reloads the stored state.
   *
   * @param id id of the failed commit
   * @returns true if the commit was stored after all; otherwise its commands were rejected
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

  /** Loads the state, retrying until the store works. @returns undefined if the broker closes first */
  async #reload(): Promise<StoredState | undefined> {
    const { clock, logger } = this.#options;
    while (true) {
      try {
        return await this.#load();
      } catch (error) {
        logger.error("Loading the broker's store failed, it is retried", { error });
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
  return unavailable("store_unavailable", "The broker cannot store changes at the moment");
}

function inDoubt(): SourceError {
  return new SourceError(
    "in_doubt",
    "The broker's store failed: the command may have been executed. Check before you repeat it.",
  );
}

function unavailable(code: string, reason: string): SourceError {
  return new SourceError(code, `${reason}: nothing was changed. Try again later.`, { retryable: true });
}
