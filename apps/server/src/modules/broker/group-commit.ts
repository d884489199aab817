import { type Clock, type Logger, type Random, SourceError } from "@trading/ws-server";
import type { Engine } from "./engine/engine.js";
import { Refusal } from "./engine/refusal.js";
import type { Changes, Snapshot } from "./engine/rows.js";
import type { BrokerStore, Kept } from "./store/store.js";

/** How many commands are kept in one commit at most; the others wait for the next. */
const MOST_AT_ONCE = 1_000;

/** How many may wait, where the store is slow. */
const MOST_WAITING = 10_000;

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
  readonly onKept: (changes: Changes) => void;
  /** Called when `isReady` has changed. */
  readonly onReady: () => void;
}

/** Something the engine is to do or to tell. What it throws is a `Refusal`, or a fault. */
export type Command<Result> = (engine: Engine, now: number) => Result;

interface Job {
  readonly command: Command<unknown>;
  /** Called with the command's result when it is kept. */
  answer(result: unknown, now: number): void;
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
    this.#begin(await this.#load());
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
    return this.#take((resolve) => ({ command, answer: (result) => resolve(result as Result) }));
  }

  /**
   * Has a command done and what it changes kept, and then reads, in the same turn in which listeners are told: nothing
   * happens between the two.
   *
   * @throws as `run`
   */
  runAndRead<Result>(command: Command<unknown>, read: Command<Result>): Promise<Result> {
    return this.#take((resolve) => ({ command, answer: (_, now) => resolve(read(this.#engine as Engine, now)) }));
  }

  #take<Result>(job: (resolve: (result: Result) => void) => Omit<Job, "reject">): Promise<Result> {
    if (this.#isClosing) return Promise.reject(unavailable("closing", "The broker is about to stop"));
    if (this.#engine === undefined) return Promise.reject(storeUnavailable());
    if (this.#jobs.length >= MOST_WAITING)
      return Promise.reject(unavailable("too_busy", "The broker has too much to do"));
    return new Promise<Result>((resolve, reject) => {
      this.#jobs.push({ ...job(resolve), reject });
      if (!this.#isWorking) void this.#work();
    });
  }

  /** Does and keeps what was taken before, and takes no more. The store stays open. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#isWorking) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#jobs.length > 0) {
      await this.#endOfTurn();
      await this.#do(this.#jobs.splice(0, MOST_AT_ONCE));
    }
    this.#isWorking = false;
    this.#onIdle();
  }

  #endOfTurn(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.endOfTurn(resolve));
  }

  async #do(jobs: readonly Job[]): Promise<void> {
    const { clock, logger, store, onKept } = this.#options;
    const engine = this.#engine as Engine;
    const now = clock.now();
    const answers: (() => void)[] = [];
    for (const { command, answer, reject } of jobs) {
      try {
        const result = command(engine, now);
        answers.push(() => {
          try {
            answer(result, now);
          } catch (error) {
            reject(error);
          }
        });
      } catch (error) {
        answers.push(() => reject(error));
        if (error instanceof Refusal) continue;
        // A fault of ours: nobody knows what it has left in the engine.
        logger.error("A broker's command failed", { error });
        reject(error);
        await this.#undo(jobs);
        return;
      }
    }
    const changes = engine.takeChanges();
    const order = { id: `${this.#run}/${++this.#commits}`, after: this.#lastCommit };
    try {
      if (hasRows(changes)) {
        await store.commit(changes, order);
        this.#lastCommit = order.id;
      }
    } catch (error) {
      logger.error("The broker's store failed", { error });
      // It may have been kept, and only its confirmation was lost.
      if (!(await this.#undo(jobs, order.id))) return;
    }
    onKept(changes);
    for (const answer of answers) answer();
  }

  /**
   * Goes back to what is kept.
   *
   * @param id of the commit that failed
   * @returns whether it was kept all the same; if not, its commands have been refused
   */
  async #undo(jobs: readonly Job[], id?: string): Promise<boolean> {
    this.#engine = undefined;
    this.#options.onReady();
    for (const { reject } of this.#jobs.splice(0)) reject(storeUnavailable());
    const kept = await this.#reload();
    if (kept === undefined) {
      for (const { reject } of jobs) reject(inDoubt());
      return false;
    }
    const isKept = kept.lastCommit === id;
    if (!isKept) for (const { reject } of jobs) reject(storeUnavailable());
    this.#begin(kept);
    this.#options.onReady();
    return isKept;
  }

  /** Loads as soon as the store can. @returns undefined where the broker is closed before */
  async #reload(): Promise<Kept | undefined> {
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

  #load(): Promise<Kept> {
    const { store, clock, finishedForMs } = this.#options;
    return store.load(clock.now() - finishedForMs);
  }

  #begin({ snapshot, lastCommit }: Kept): void {
    this.#lastCommit = lastCommit;
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
