import type { Retention, RetentionRule } from "@trading/topic/retention";
import type { SourceError } from "../../errors.js";
import type { UpdateEncoder } from "../codec.js";
import type { Publication } from "../publication.js";

/** A topic, as a PubSub carries it. */
export interface TopicDescriptor {
  readonly topic: string;
  /** The key that the topic's owner claims: topics of one key have one owner. @default the topic */
  readonly key?: string;
  /** Whether only a node that holds the key owns the topic. @default false */
  readonly isHeld?: boolean;
  readonly rule: RetentionRule;
  /** Builds the frames of updates that another node has published. */
  readonly encoder: UpdateEncoder;
  /** Whether every node runs the topic by itself, because it is derived from another topic. @default false */
  readonly isLocal?: boolean;
  /** Identifies the form of its updates: nodes with different ones do not follow each other. @default not compared */
  readonly schema?: string;
}

/** A topic run on one node, as the PubSub notifies it. No method throws, or is called before `join` has resolved. */
export interface Member {
  /** Aborted when the run has ended: a pending `join` rejects soon, and leaves nothing behind. */
  readonly signal: AbortSignal;
  onPublication(publication: Publication): void;
  /** The run has ended on this node: its owner has ended it or is lost, or another node owns the topic now. */
  onEnded(reason: SourceError): void;
  /** Another node publishes to the topic from outside its source. Only the owner is notified. */
  onForwarded?(body: string): void;
  /** The join waits for its turn among many, or no longer does. That time does not count as the start of the source. */
  onQueued?(isQueued: boolean): void;
  /** Other members follow this one, or wait for its start. Only the owner is notified. */
  onFollowers(count: number): void;
}

/** A member's access to a run. Its role and its epoch never change. */
export interface Membership {
  /** The owner runs the topic's source and publishes; followers deliver what it has published. */
  readonly role: "owner" | "follower";
  /** Identifies the run: unique among all runs of the topic, on all nodes. */
  readonly epoch: string;
  /** The encoder of the publications' frames. @default the member's own */
  readonly encoder?: UpdateEncoder;
  /**
   * The retained updates, as far as this member has received them: when the member is notified of a publication, `history`
   * already contains it, and no later one.
   */
  readonly history: Pick<Retention<Publication>, "offset" | "floor" | "size" | "bytes" | "unread" | "start">;
  /** Accepts followers. The owner calls it once its source has started; until then their `join` is pending. */
  open(): void;
  /**
   * Sends a publication to every member, including this one. Only the owner calls it, with offsets in order. Never throws
   * and never waits for a member. Does nothing after `end` and `leave`.
   */
  publish(publication: Publication): void;
  /** Ends the run for its followers, with the owner's reason. The topic has no other run before `leave`. */
  end(reason: SourceError): void;
  /** Removes this member. The owner calls it once its source has stopped. A repeated call does nothing. */
  leave(): void;
}

/**
 * Decides which node runs a topic's source, carries its publications to every node that delivers them, and stores their
 * history. An implementation can connect several nodes. Offsets are assigned by the owner; each node builds its frames.
 *
 * An implementation guarantees (and `pubSubChecks` of `./testing` verifies): a run has one owner; each member of a run gets
 * each publication after it has joined exactly once, in order of offset, even if other members throw; earlier publications
 * are in its history, as far as the rule retains them; runs share nothing, not even two runs of one topic.
 */
export interface PubSub {
  /** Memory of all retained updates, in bytes. @default not known, and therefore not limited */
  readonly retainedBytes?: number;
  /**
   * Joins the present run of a topic, or becomes the owner of a new one. Waits until the owner has started.
   *
   * @throws SourceError the owner's, if its source does not start; or a retryable one, if no owner can be found
   */
  join(topic: TopicDescriptor, member: Member): Membership | Promise<Membership>;
  /**
   * Passes an encoded update to the owner of a topic, on another node: at most once, and in order.
   *
   * @param onDropped called if no node owns the topic
   * @default there are no other nodes
   */
  forward?(topic: Pick<TopicDescriptor, "topic" | "key">, body: string, onDropped: () => void): void;
  /**
   * Gets the topics of a server, to start them for other nodes. Called once, before the first `join`.
   *
   * @default there are no other nodes
   */
  serve?(topics: StartableTopics): void;
}

/** The topics that a server can start for another node, without its own subscriber. */
export interface StartableTopics {
  /**
   * Finds a topic by its name, which another node has sent.
   *
   * @throws SourceError if the server does not serve it
   */
  find(topic: string): StartableTopic;
}

/** A topic that another node wants. */
export interface StartableTopic extends Pick<TopicDescriptor, "topic" | "key" | "isHeld" | "schema"> {
  /**
   * Starts a run, which joins the topic soon. It ends unless it has a subscriber or a follower by the time its source has started.
   *
   * @returns aborted when the run has ended
   * @throws WsServerError if a limit is reached, or `closed`
   */
  start(): AbortSignal;
}
