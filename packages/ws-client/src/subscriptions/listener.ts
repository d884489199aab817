import type { RouteShape } from "@trading/topic/shapes";
import type { ClientError } from "../errors.js";

/**
 * How a topic stands: asked for; confirmed, while its present state still arrives; confirmed and complete; or failed. A
 * server of the origin does not say when a state is complete: there a topic goes from `pending` to `live`.
 */
export type TopicStatus =
  | { readonly state: "pending" | "syncing" | "live"; readonly error?: undefined }
  | { readonly state: "error"; readonly error: ClientError };

/** A place in one run of a topic's source. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** What is known of an update beside its data. */
export interface UpdateMeta {
  readonly topic: string;
  /** Its place in the epoch; undefined from a server of the origin, which numbers nothing. */
  readonly offset: number | undefined;
  /** It is part of the state that a newcomer is given, not news. */
  readonly snapshot: boolean;
  /** It was missed while the connection was lost, and has been sent again. */
  readonly recovered: boolean;
}

/** Updates of a topic may have been missed for good. */
export interface Gap {
  readonly topic: string;
  /**
   * `not_recovered`: the server no longer has what was missed, or its source was started anew. `no_positions`: the
   * connection was lost, and this server numbers no updates (the origin's), so nobody knows.
   */
  readonly reason: "not_recovered" | "no_positions";
  /** Whether the topic's present state follows and replaces what was known; else what was missed has to be had elsewhere. */
  readonly snapshot: boolean;
  /** The last position before it. */
  readonly before: Position | undefined;
  /** Where the topic goes on. */
  readonly after: Position | undefined;
}

/** The server's reply to a subscribe that asked for the updates missed since a position. */
export interface Resume {
  readonly topic: string;
  /** True: the missed updates follow, and nothing is lost. False: they do not; a gap is reported too. */
  readonly recovered: boolean;
}

export const PENDING: TopicStatus = { state: "pending" };
export const SYNCING: TopicStatus = { state: "syncing" };
export const LIVE: TopicStatus = { state: "live" };

/** What wants a topic's updates. A plain function is one with `onUpdate` alone. What throws is reported, and stops nobody. */
export interface TopicListener<Update> {
  /** Gets each update, in the order of the wire; on subscribing, at once what is already known. */
  readonly onUpdate?: (update: Update, meta: UpdateMeta) => void;
  /** Gets the topic's status on subscribing, and whenever it changes. */
  readonly onStatus?: (status: TopicStatus) => void;
  /**
   * Updates may have been missed: forget what is known where a snapshot follows, else load it anew. Without any listener
   * that has it, a gap that no snapshot mends is reported as an error.
   */
  readonly onGap?: (gap: Gap) => void;
}

/** A route as the client takes it: a shape; or a checked shape or whole route, which also check parameters and updates. */
export interface ClientRoute<Params, Update> extends RouteShape<Params, Update> {
  parseParams?(input: unknown): Params;
  parseUpdate?(input: unknown): Update;
}

/** Inside the client, where topics of every route stand side by side. */
export type AnyRoute = ClientRoute<unknown, unknown>;
export type AnyListener = TopicListener<unknown>;

/** What an update supersedes its predecessors by. A topic that is one state has a key no update has: one for all. */
export function keyOf(key: string | undefined, update: unknown): unknown {
  return key === undefined ? undefined : (update as Record<string, unknown> | null)?.[key];
}
