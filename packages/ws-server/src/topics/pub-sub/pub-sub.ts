import type { Retention, RetentionRule } from "@trading/topic/retention";
import type { Publication } from "../publication.js";

/** Identifies one run of a topic's source. */
export interface RunDescriptor {
  readonly topic: string;
  /** Unique among all runs of the topic, on all nodes. */
  readonly epoch: string;
  readonly rule: RetentionRule;
}

/** A member's access to a run. */
export interface Membership {
  /**
   * The retained updates, as far as this member has received them: when the member's callback is called, `history` already
   * contains its publication, and no later one.
   */
  readonly history: Pick<Retention<Publication>, "offset" | "floor" | "size" | "unread" | "start">;
  /**
   * Sends a publication to every member, including this one. Only the run's owner calls it, with offsets in order. Never
   * throws and never waits for a member. Does nothing after `leave`.
   */
  publish(publication: Publication): void;
  /** Removes this member. The run's history is deleted with its last member. A repeated call does nothing. */
  leave(): void;
}

/**
 * Carries publications from the node that runs a topic's source to every node that delivers them, and stores their history.
 * An implementation can connect several nodes. Offsets and frames are created by the run's owner.
 *
 * An implementation guarantees (and `pubSubChecks` of `./testing` verifies): each member of a run gets each publication
 * after it has joined exactly once, in order of offset, even if other members throw; earlier publications are in its
 * history; runs share nothing, not even two runs of one topic.
 */
export interface PubSub {
  /**
   * Joins a run.
   *
   * @param onPublication not called before `join` has returned or resolved
   */
  join(run: RunDescriptor, onPublication: (publication: Publication) => void): Membership | Promise<Membership>;
}
