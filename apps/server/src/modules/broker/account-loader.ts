import type { Clock, Logger } from "@trading/ws-server";
import { unavailable } from "./broker-lease.js";
import type { Engine } from "./engine/engine.js";
import type { AccountRows } from "./engine/rows.js";
import { withDeadline } from "./with-deadline.js";

/** Maximum number of accounts that are loaded together. */
const MAX_TOGETHER = 100;

/** Deadline for loading accounts. */
const LOAD_MS = 5_000;

/** A command of an account; undefined: it needs no account. */
interface AccountJob {
  readonly accountId: string | undefined;
  reject(error: unknown): void;
}

export interface AccountLoaderOptions<Job extends AccountJob> {
  /** Reads the rows of accounts that have no uncommitted changes. */
  readonly load: (ids: readonly string[]) => Promise<AccountRows>;
  /** Returns the present engine; undefined if this server does not run the broker. */
  readonly engine: () => Engine | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with the commands of accounts that have been loaded, in their order. */
  readonly onLoaded: (jobs: readonly Job[]) => void;
}

/**
 * Keeps the commands of accounts whose rows are not in memory until they are loaded. Commands of one account stay in
 * order. Commands of other accounts do not wait.
 */
export class AccountLoader<Job extends AccountJob> {
  readonly #options: AccountLoaderOptions<Job>;
  readonly #waiting = new Map<string, Job[]>();
  #size = 0;
  #isLoading = false;

  constructor(options: AccountLoaderOptions<Job>) {
    this.#options = options;
  }

  /** Number of commands that wait. */
  get size(): number {
    return this.#size;
  }

  /** Returns the commands that can be executed now, and keeps the others. */
  admit(engine: Engine, jobs: readonly Job[]): Job[] {
    const ready = jobs.filter((job) => {
      const { accountId } = job;
      if (accountId === undefined || engine.isLoaded(accountId)) return true;
      const waiting = this.#waiting.get(accountId) ?? [];
      this.#waiting.set(accountId, waiting);
      waiting.push(job);
      this.#size++;
      return false;
    });
    if (this.#waiting.size > 0 && !this.#isLoading) void this.#run();
    return ready;
  }

  /** Rejects the commands that wait, because the engine is discarded. */
  reject(error: unknown): void {
    for (const id of [...this.#waiting.keys()]) for (const job of this.#take(id)) job.reject(error);
  }

  async #run(): Promise<void> {
    const { load, clock, logger, onLoaded } = this.#options;
    this.#isLoading = true;
    while (this.#waiting.size > 0) {
      const engine = this.#options.engine();
      if (engine === undefined) break;
      const ids = [...this.#waiting.keys()].slice(0, MAX_TOGETHER);
      try {
        const rows = await withDeadline(clock, LOAD_MS, load(ids), "Loading accounts");
        // The rows belong to the state of a discarded engine.
        if (engine !== this.#options.engine()) continue;
        engine.addAccounts(ids, rows, clock.now());
        onLoaded(ids.flatMap((id) => this.#take(id)));
      } catch (error) {
        logger.warn("Loading accounts from the broker's store failed", { error, accounts: ids.length });
        const rejected = unavailable({ status: "unavailable", reason: "" });
        for (const job of ids.flatMap((id) => this.#take(id))) job.reject(rejected);
      }
    }
    this.#isLoading = false;
  }

  /** Removes and returns the waiting commands of an account. */
  #take(id: string): readonly Job[] {
    const jobs = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    this.#size -= jobs.length;
    return jobs;
  }
}
