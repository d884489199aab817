import type { Subscription } from "./subscription.js";

/**
 * The subscriptions whose frame may have made the server close the connection. A server of the base protocol closes on a
 * frame that it cannot accept, without saying which. If that frame were sent again together with all others, it would end
 * every connection.
 *
 * Suspects are therefore sent last, one at a time. If the server closes the connection on a frame sent alone, that frame is
 * the cause. The set has the oldest first.
 */
export class SuspectSubscriptions extends Set<Subscription> {
  /** Adds the subscriptions without a reply when the server rejected a frame; returns those that may be the cause. */
  addUnconfirmed(unanswered: Iterable<Subscription>): readonly Subscription[] {
    // The frame of a confirmed one is a heartbeat, which the server has accepted before on this connection.
    const suspects = [...unanswered].filter(({ isConfirmed }) => !isConfirmed);
    for (const suspect of suspects) this.add(suspect);
    return suspects;
  }

  /** Returns the suspect to send next, and removes those that are settled. Call it while no subscription waits for a reply. */
  next(): Subscription | undefined {
    for (const suspect of this) {
      if (suspect.hasListeners && suspect.isIdle) return suspect;
      this.delete(suspect);
    }
    return undefined;
  }
}
