import type { ConnectionState } from "./connection/connection.js";
import type { ClientError } from "./errors.js";
import type { Gap, Position, Resume, TopicStatus } from "./subscriptions/listener.js";

/** One topic of a client. */
export interface TopicInspection {
  readonly topic: string;
  readonly route: string;
  readonly status: TopicStatus["state"];
  /** Why the status is `error`. */
  readonly error: string | undefined;
  readonly listeners: number;
  /** Updates that a late listener would be handed. */
  readonly known: number;
  /** Updates handed on since the topic was first wanted. */
  readonly updates: number;
  readonly position: Position | undefined;
}

/** What a client holds and waits for, as plain data. */
export interface ClientInspection {
  readonly state: ConnectionState;
  /** What the server speaks; undefined until its first frame. */
  readonly protocol: "session" | "base" | undefined;
  /** The server's name for the connection; of a session alone. */
  readonly connectionId: string | undefined;
  readonly topics: readonly TopicInspection[];
  /** Requests whose reply is waited for. */
  readonly unanswered: number;
  /** Requests that wait to be sent. */
  readonly queued: number;
}

/** What a tap is told. Frames are as on the wire; of an `auth.login` the type alone. */
export type TapEvent =
  | { readonly kind: "sent" | "received"; readonly frame: string }
  | { readonly kind: "state"; readonly state: ConnectionState }
  | { readonly kind: "resume"; readonly resume: Resume }
  | { readonly kind: "gap"; readonly gap: Gap }
  | { readonly kind: "error"; readonly error: ClientError };
