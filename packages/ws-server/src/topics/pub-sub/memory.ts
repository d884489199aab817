import { Retention } from "@trading/topic/retention";
import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/logger.js";
import type { Publication } from "../publication.js";
import type { Membership, PubSub, RunDescriptor } from "./pub-sub.js";

interface Shared {
  readonly history: Retention<Publication>;
  readonly members: Set<(publication: Publication) => void>;
}

/** Carries publications within one process. */
export class MemoryPubSub implements PubSub {
  readonly #runs = new Map<string, Shared>();
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Number of runs with members. */
  get size(): number {
    return this.#runs.size;
  }

  join({ topic, epoch, rule }: RunDescriptor, onPublication: (publication: Publication) => void): Membership {
    // An epoch contains no newline, so keys are unique.
    const key = `${epoch}\n${topic}`;
    const shared = this.#runs.get(key) ?? { history: new Retention(rule, this.#clock), members: new Set() };
    this.#runs.set(key, shared);
    const member = (publication: Publication) => onPublication(publication);
    shared.members.add(member);
    return {
      history: shared.history,
      publish: (publication) => {
        if (shared.members.has(member)) this.#publish(topic, shared, publication);
      },
      leave: () => {
        shared.members.delete(member);
        if (shared.members.size === 0 && this.#runs.get(key) === shared) this.#runs.delete(key);
      },
    };
  }

  #publish(topic: string, { history, members }: Shared, publication: Publication): void {
    history.append(publication);
    for (const member of members) {
      try {
        member(publication);
      } catch (error) {
        // mutant: log-member-error
        this.#logger.error("A member of a topic threw on an update", { topic, error });
      }
    }
  }
}
