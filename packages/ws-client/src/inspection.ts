import type { ConnectionState } from "./connection/connection.js";
import type { ClientError } from "./errors.js";
import type { Gap, Position, Resume, TopicStatus } from "./subscriptions/listener.js";

/** The state of one topic, as plain data. */
export interface TopicInspection {
  readonly topic: string;
  readonly route: string;
  readonly status: TopicStatus["state"];
  /** The error's message where the status is `error`. */
  readonly error: string | undefined;
  /** The server's code while the topic moves to another server, with the status `syncing`; otherwise undefined. */
  readonly reason: string | undefined;
  readonly listeners: number;
  /** The number of updates that a late listener would receive on subscribing. */
  readonly known: number;
  /** The number of updates delivered since the first listener subscribed. */
  readonly updates: number;
  readonly position: Position | undefined;
}

/** The state of a client, as plain data. */
export interface ClientInspection {
  readonly state: ConnectionState;
  /** The protocol that the server speaks; undefined until its first frame. */
  readonly protocol: "session" | "base" | undefined;
  /** The server's name for the connection; undefined with the base protocol. */
  readonly connectionId: string | undefined;
  readonly topics: readonly TopicInspection[];
  /** The number of requests that were sent and have no reply yet. */
  readonly unanswered: number;
  /** The number of requests that have not been sent yet. */
  readonly queued: number;
}

/**
 * An event for taps. Frames are as sent and received, except that an `auth.login` has no payload. After a `reset`, all data of private
 * topics belong to a user who has logged out or was replaced by another one: discard what the application has derived from them.
 */
export type TapEvent =
  | { readonly kind: "sent" | "received"; readonly frame: string }
  | { readonly kind: "state"; readonly state: ConnectionState }
  | { readonly kind: "reset" }
  | { readonly kind: "resume"; readonly resume: Resume }
  | { readonly kind: "gap"; readonly gap: Gap }
  | { readonly kind: "error"; readonly error: ClientError };
