import { PENDING } from "./listener.js";
import type { Subscription } from "./subscription.js";

/**
 * The subscriptions that may have made a server close the connection. A server of the base protocol closes on a frame it
 * cannot take, and does not say which that was: sent again among all the others, it would end every connection.
 *
 * So suspects go last and alone. What is alone when such a close comes is the culprit.
 */
export class Quarantine {
  /** Oldest first. */
  readonly #suspects = new Set<Subscription>();

  has(subscription: Subscription): boolean {
    return this.#suspects.has(subscription);
  }

  /** Takes in what was unanswered when the server closed on a frame; returns those whose it may have been. */
  suspect(unanswered: Iterable<Subscription>): readonly Subscription[] {
    // What is live was confirmed on this very connection: its frame is a heartbeat, and known to be good.
    const possible = [...unanswered].filter(({ isConfirmed }) => !isConfirmed);
    for (const subscription of possible) this.#suspects.add(subscription);
    return possible;
  }

  /** The one to send next; call it while nothing else is unanswered. Lets go of those that have got their reply. */
  next(): Subscription | undefined {
    for (const suspect of this.#suspects) {
      if (suspect.wanted && !suspect.asked && suspect.status === PENDING) return suspect;
      this.#suspects.delete(suspect);
    }
    return undefined;
  }
}
