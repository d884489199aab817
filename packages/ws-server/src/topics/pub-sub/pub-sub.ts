import type { Publication, Retention, RetentionRule } from "../retention.js";

/** One run of a topic's source: what its members share. */
export interface RunDescriptor {
  readonly topic: string;
  /** Told apart from every other run of the topic, on any node. */
  readonly epoch: string;
  readonly rule: RetentionRule;
}

/** A member's end of a run. */
export interface Membership {
  /**
   * What the run keeps, as far as this member has been told: `history` is ahead of the member's callback by the one
   * publication it is called with, never by more.
   */
  readonly history: Pick<Retention, "offset" | "floor" | "size" | "unread" | "start">;
  /**
   * Hands a finished publication to every member, this one included. Only the run's owner calls it, with offsets in
   * order. Never throws and never waits for a member. After `leave` it does nothing.
   */
  publish(publication: Publication): void;
  /** This member is told nothing any more. The last one's leaving forgets the run. Calling it again does nothing. */
  leave(): void;
}

/**
 * Carries publications from the node that runs a topic's source to every node that delivers it, and keeps their history:
 * the seam behind which several nodes can stand. It numbers nothing: offsets and frames are the owner's.
 *
 * Guarantees asked of an implementation (`pubSubChecks` of `./testing` holds it to them): each member of a run gets each
 * publication after its joining once, in order of offset, however the others fail; what came before is in its history;
 * runs share nothing, not even two of one topic.
 */
export interface PubSub {
  /**
   * Joins a run. @param onPublication never called before `join` has returned or resolved
   */
  join(run: RunDescriptor, onPublication: (publication: Publication) => void): Membership | Promise<Membership>;
}
