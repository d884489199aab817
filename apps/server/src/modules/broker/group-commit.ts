import { type Clock, type Logger, type Random, SourceError } from "@trading/ws-server";
import { AccountLoader } from "./account-loader.js";
import { BrokerLease, type LeaseState, temporary, unavailable } from "./broker-lease.js";
import type { Engine } from "./engine/engine.js";
import { Refusal } from "./engine/refusal.js";
import type { Changes, Snapshot } from "./engine/rows.js";
import type { BrokerStore, CommitOrder, StoredState, StoreLease } from "./store/store.js";
import { UnstoredPrices } from "./unstored-prices.js";

/** Maximum number of commands per commit; the others wait for the next one. */
// mutant: batch-size
const MAX_BATCH_SIZE = 1_000;

/** Maximum number of waiting commands; more are rejected with `too_busy`. */
const MAX_QUEUED = 10_000;

/** Time after a failed commit in which its outcome can become known; then its commands are rejected with `in_doubt`. */
const IN_DOUBT_MS = 1_000;

export interface GroupCommitOptions {
  readonly store: BrokerStore;
  /** Identifies this server to operators and to other servers of the store; unique for each process. */
  readonly name: string;
  readonly createEngine: (snapshot: Snapshot) => Engine;
  /** Milliseconds for which the engine lists finished orders. */
  readonly finishedForMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /**
   * Called after the engine was loaded, before it receives a command.
   *
   * @param isContinued whether all changes since the last load were reported, because no other server has committed any
   */
  readonly onLoaded: (snapshot: Snapshot, isContinued: boolean) => void;
  /** Called with the changes after they were committed, before the commands' promises resolve. Must not throw. */
  readonly onCommitted: (changes: Changes) => void;
  /** Called after each attempt to commit, with its duration in milliseconds, for metrics. Must not throw. */
  readonly onCommit?: (durationMs: number, isStored: boolean) => void;
  /** Called when `state` has changed. */
  readonly onState: (state: LeaseState) => void;
}

/** A command or query for the engine. It throws a `Refusal` to reject; any other error is an internal error. */
export type Command<Result> = (engine: Engine, now: number) => Result;

interface Job {
  /** The account whose rows the command needs; undefined if it needs those in memory only. */
  readonly accountId: string | undefined;
  readonly command: Command<unknown>;
  /** Called with the command's result after the commit. */
  reply(result: unknown, now: number): void;
  reject(error: unknown): void;
}

/** Commands that were executed together, and what happens after their commit. */
interface Batch {
  readonly jobs: readonly Job[];
  readonly order: CommitOrder;
  readonly changes: Changes;
  /** Resolve or reject the jobs. */
  readonly replies: readonly (() => void)[];
}

/**
 * Serializes all access to the engine. Commands that arrive in one turn of the event loop, or during a commit, run in
 * order and are stored in one commit. No promise resolves before that commit, including those of queries, so everything
 * that was reported survives a crash.
 *
 * The engine exists only while this server holds the lease of the store. If a commit fails, the lease is given up, and
 * the server that acquires it next loads the engine from the store, which discards the changes. If that is this server, it knows
 * whether the commit was stored; otherwise the commands are rejected with `in_doubt`.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #lease: BrokerLease;
  readonly #loader: AccountLoader<Job>;
  /** Prefix of this process's commit ids. */
  readonly #run: string;
  #commits = 0;
  /** Undefined unless this server is the holder. */
  #engine: Engine | undefined;
  #lastCommit = "";
  #jobs: Job[] = [];
  /** The batch whose changes are being committed, or whose commit has failed with an unknown outcome. */
  #unsettled: Batch | undefined;
  #isWorking = false;
  #isClosing = false;
  #onIdle = () => {};
  #cancelSettling = () => {};
  readonly #prices: UnstoredPrices;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#run = options.random.id();
    this.#prices = new UnstoredPrices(options.clock, () => void this.run(undefined, () => {}).catch(() => {}));
    const { store, name, clock, logger } = options;
    this.#lease = new BrokerLease({
      store,
      name,
      clock,
      logger,
      load: (lease) => this.#load(lease),
      onChange: (state) => this.#leaseChanged(state),
    });
    this.#loader = new AccountLoader({
      load: (ids) => store.accounts(ids, clock.now() - options.finishedForMs),
      engine: () => this.#engine,
      clock,
      logger,
      onLoaded: (jobs) => this.#add(jobs),
    });
  }

  /**
   * Makes the first attempt to acquire the store's lease and to load the engine. Further ones follow by themselves.
   *
   * @throws StoreError if retrying is futile until somebody changes something
   */
  start(): Promise<void> {
    return this.#lease.start();
  }

  /** Number of commands that wait for a commit, or for the rows of their account. */
  get queued(): number {
    return this.#jobs.length + this.#loader.size;
  }

  /** Whether this server runs the broker, and otherwise why not. */
  get state(): LeaseState {
    return this.#lease.state;
  }

  /** Whether commands are accepted. */
  get isReady(): boolean {
    return this.#engine !== undefined && !this.#isClosing;
  }

  /** Throws the error of a command that is not accepted at the moment. */
  assertReady(): void {
    if (this.#isClosing) throw temporary("closing", "The broker is stopping");
    if (this.#engine === undefined) throw unavailable(this.#lease.state);
  }

  /**
   * Runs a command and commits its changes.
   *
   * @param accountId the account of the command, whose rows are loaded first; undefined: the command needs only accounts
   *   with working orders or open positions
   * @throws Refusal thrown by the command
   * @throws SourceError `store_unavailable`, `standby`, `too_busy` or `closing`: nothing was changed, and a retry can
   *   succeed; `in_doubt`: the command may have been executed
   */
  run<Result>(accountId: string | undefined, command: Command<Result>): Promise<Result> {
    return this.#enqueue((resolve) => ({ accountId, command, reply: (result) => resolve(result as Result) }));
  }

  /**
   * Runs a command, commits its changes, and then runs a query in the same turn in which listeners are notified, so
   * that no change happens in between.
   *
   * @throws the same as `run`
   */
  runAndRead<Result>(accountId: string, command: Command<unknown>, read: Command<Result>): Promise<Result> {
    return this.#enqueue((resolve) => ({
      accountId,
      command,
      reply: (_, now) => resolve(read(this.#engine as Engine, now)),
    }));
  }

  async #enqueue<Result>(job: (resolve: (result: Result) => void) => Omit<Job, "reject">): Promise<Result> {
    this.assertReady();
    if (this.queued >= MAX_QUEUED) throw temporary("too_busy", "The broker is overloaded");
    return new Promise<Result>((resolve, reject) => {
      this.#jobs.push({ ...job(resolve), reject });
      if (!this.#isWorking) void this.#drain();
    });
  }

  /** Adds commands that precede the waiting ones. */
  #add(jobs: readonly Job[]): void {
    this.#jobs.unshift(...jobs);
    if (!this.#isWorking) void this.#drain();
  }

  /**
   * Deletes old events, unless there are commands to execute.
   *
   * @returns the number of deleted rows; undefined if it was not possible now
   */
  async deleteEvents(before: number, limit: number): Promise<number | undefined> {
    // mutant: commits-first
    if (!this.isReady || this.#isWorking) return undefined;
    return this.#lease.lend((lease) => lease.deleteEvents(before, limit));
  }

  /** Runs and commits pending commands, rejects new ones, and releases the lease. The store stays open. */
  async close(): Promise<void> {
    // mutant: store-last-prices
    this.#prices.setDue();
    this.#isClosing = true;
    // mutant: finish-pending
    if (this.#isWorking) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#loader.reject(temporary("closing", "The broker is stopping"));
    await this.#lease.close();
    this.#engine = undefined;
    this.#prices.clear();
    this.#rejectUnsettled(inDoubt());
  }

  async #drain(): Promise<void> {
    this.#isWorking = true;
    while (this.#jobs.length > 0) {
      await this.#endOfTurn();
      const jobs = this.#jobs.splice(0, MAX_BATCH_SIZE);
      // Without an engine, the jobs have been rejected.
      const ready = this.#engine === undefined ? [] : this.#loader.admit(this.#engine, jobs);
      if (ready.length > 0) await this.#runBatch(ready);
    }
    this.#isWorking = false;
    this.#onIdle();
  }

  #endOfTurn(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.endOfTurn(resolve));
  }

  async #runBatch(jobs: readonly Job[]): Promise<void> {
    // Without an engine, the jobs have been rejected.
    const engine = this.#engine;
    if (engine === undefined) return;
    const batch = this.#execute(engine, jobs);
    if (batch === undefined) {
      this.#lease.giveUp(new Error("A broker command failed: its changes are discarded"));
      for (const { reject } of jobs) reject(unavailable(this.state));
      return;
    }
    const { changes, replies } = batch;
    // mutant: commit
    try {
      // mutant: has-changes
      if (hasRows(changes) || this.#prices.areDue) await this.#commit(batch);
      else if (!this.#lease.isConfirmed) await this.#lease.confirm();
    } catch {
      if (batch === this.#unsettled) this.#settleSoon(batch);
      else for (const { reject } of jobs) reject(unavailable(this.state));
      // mutant: undo-failed-commit
      return;
    }
    // mutant: notify-listeners
    this.#options.onCommitted(changes);
    // mutant: acknowledge
    for (const reply of replies) reply();
    // All changes are stored, so that an account can be loaded again at any time.
    engine.evictIdle(this.#options.clock.now());
  }

  /** Executes commands. @returns undefined after an internal error, which can leave the engine inconsistent */
  #execute(engine: Engine, jobs: readonly Job[]): Batch | undefined {
    const { clock, logger } = this.#options;
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
        logger.error("A broker command failed", { error });
        reject(error);
        // mutant: undo-internal-error
        return undefined;
      }
    }
    const order = { id: `${this.#run}/${++this.#commits}`, after: this.#lastCommit };
    const changes = engine.takeChanges();
    this.#prices.add(changes.prices);
    return { jobs, order, changes: { ...changes, prices: this.#prices.rows }, replies };
  }

  async #commit(batch: Batch): Promise<void> {
    const { clock, onCommit } = this.#options;
    this.#unsettled = batch;
    const start = clock.monotonic();
    try {
      await this.#lease.call((lease) => lease.commit(batch.changes, batch.order));
      onCommit?.(clock.monotonic() - start, true);
    } catch (error) {
      onCommit?.(clock.monotonic() - start, false);
      throw error;
    }
    this.#unsettled = undefined;
    this.#lastCommit = batch.order.id;
    this.#prices.clear();
  }

  /** Rejects a batch unless its outcome becomes known soon. */
  #settleSoon(batch: Batch): void {
    const cancel = this.#options.clock.after(IN_DOUBT_MS, () => {
      if (batch === this.#unsettled) this.#rejectUnsettled(inDoubt());
    });
    this.#cancelSettling = cancel;
  }

  #rejectUnsettled(error: SourceError): void {
    this.#cancelSettling();
    const jobs = this.#unsettled?.jobs ?? [];
    this.#unsettled = undefined;
    for (const { reject } of jobs) reject(error);
  }

  async #load(lease: StoreLease): Promise<() => void> {
    const { clock, finishedForMs } = this.#options;
    const stored = await lease.load(clock.now() - finishedForMs);
    return () => this.#install(stored);
  }

  #install({ snapshot, lastCommit }: StoredState): void {
    const lastBefore = this.#lastCommit;
    this.#lastCommit = lastCommit;
    // mutant: rebuild-engine
    this.#engine = this.#options.createEngine(snapshot);
    const batch = this.#unsettled;
    // The commit may have succeeded, with only its confirmation lost.
    const isCommitted = /* mutant: is-stored */ lastCommit === batch?.order.id;
    // After another server's commit, it is unknown whether this one preceded it.
    if (!isCommitted) this.#rejectUnsettled(lastCommit === batch?.order.after ? unavailable(this.state) : inDoubt());
    this.#options.onLoaded(snapshot, isCommitted || lastCommit === lastBefore);
    if (batch === undefined || !isCommitted) return;
    this.#cancelSettling();
    this.#unsettled = undefined;
    this.#options.onCommitted(batch.changes);
    for (const reply of batch.replies) reply();
  }

  #leaseChanged(state: LeaseState): void {
    if (state.status !== "holder") {
      // mutant: discard-engine
      this.#engine = undefined;
      this.#prices.clear();
      for (const { reject } of this.#jobs.splice(0)) reject(unavailable(state));
      this.#loader.reject(unavailable(state));
    }
    // The holder may have written already.
    if (state.status === "standby") this.#rejectUnsettled(inDoubt());
    this.#options.onState(state);
  }
}

function hasRows({ accounts, orders, positions, executions, notifications }: Changes): boolean {
  return [accounts, orders, positions, executions, notifications].some((rows) => rows.length > 0);
}

function inDoubt(): SourceError {
  return new SourceError(
    "in_doubt",
    "The broker's store failed: the command may have been executed. Check before you repeat it.",
  );
}
