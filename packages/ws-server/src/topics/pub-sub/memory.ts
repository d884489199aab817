import { type RetainedBytes, Retention } from "@trading/topic/retention";
import { SourceError } from "../../errors.js";
import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/logger.js";
import { type Random, systemRandom } from "../../platform/random.js";
import type { Publication } from "../publication.js";
import { MemoryRun } from "./memory-run.js";
import type { Member, Membership, PubSub, TopicDescriptor } from "./pub-sub.js";

/** The services and options of {@link MemoryPubSub}. */
export interface MemoryPubSubServices {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Creates the epochs. @default the system's */
  readonly random?: Random;
  /** Maximum bytes of a topic's retained updates; the oldest are evicted first. 0 = no limit. @default 0 */
  readonly maxRetainedBytesPerTopic?: number;
}

/** Carries publications within one process. The first member of a topic owns it; servers that share an instance follow. */
export class MemoryPubSub implements PubSub {
  readonly #runs = new Map<string, MemoryRun>();
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #random: Random;
  readonly #retained: RetainedBytes = { total: 0 };
  readonly #limits: { readonly maxBytes: number; readonly sum: RetainedBytes };

  constructor({ clock, logger, random = systemRandom, maxRetainedBytesPerTopic = 0 }: MemoryPubSubServices) {
    this.#clock = clock;
    this.#logger = logger;
    this.#random = random;
    this.#limits = { maxBytes: maxRetainedBytesPerTopic, sum: this.#retained };
  }

  get retainedBytes(): number {
    return this.#retained.total;
  }

  /** Number of runs with members. */
  get size(): number {
    return this.#runs.size;
  }

  join(descriptor: TopicDescriptor, member: Member): Membership | Promise<Membership> {
    const run = this.#runs.get(descriptor.topic);
    return run === undefined ? this.#own(descriptor, member) : this.#follow(run, descriptor, member);
  }

  #own(descriptor: TopicDescriptor, member: Member): Membership {
    const { topic, rule } = descriptor;
    const history = new Retention<Publication>(rule, this.#clock, this.#limits);
    // mutant: new-epoch
    const run = new MemoryRun(descriptor, this.#random.id(), history, member, this.#logger);
    this.#runs.set(topic, run);
    return run.membership(member, () => {
      if (this.#runs.get(topic) !== run) return;
      this.#runs.delete(topic);
      run.remove();
    });
  }

  async #follow(run: MemoryRun, descriptor: TopicDescriptor, member: Member): Promise<Membership> {
    const { signal } = member;
    // A run that ends is not joined: the next one begins once its source has stopped.
    if (run.isEnded) await unlessAborted(signal, run.removed);
    else {
      const stopWaiting = run.wait();
      try {
        await unlessAborted(signal, run.opened);
        if (!run.isEnded) return run.membership(member);
      } finally {
        stopWaiting();
      }
    }
    return this.join(descriptor, member);
  }
}

/** Waits for work, until the signal is aborted. @throws SourceError `unsubscribed` when it is */
async function unlessAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  let abort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(new SourceError("unsubscribed", "The run has ended before it was joined"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
