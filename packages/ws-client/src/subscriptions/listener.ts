import type { RouteShape } from "@trading/topic/shapes";
import type { ClientError } from "../errors.js";

/**
 * The status of a topic: `pending` until the server confirms it, `syncing` while its present state arrives, `live` once that
 * is complete, or `error`. A legacy server does not announce when a state is complete: `live` follows `pending` there.
 *
 * While several servers decide which one runs the topic's source, the status is `syncing` too, with the server's code as the
 * `reason`, such as `moved`. The client subscribes again, and reports a gap if updates are missing.
 */
export type TopicStatus =
  | { readonly state: "pending" | "live"; readonly error?: undefined; readonly reason?: undefined }
  | { readonly state: "syncing"; readonly error?: undefined; readonly reason?: string | undefined }
  | { readonly state: "error"; readonly error: ClientError; readonly reason?: undefined };

/** A position in one run of a topic's source. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** The metadata of an update. */
export interface UpdateMeta {
  readonly topic: string;
  /** The update's offset in the epoch; undefined from a legacy server, which has no positions. */
  readonly offset: number | undefined;
  /** Whether it is part of the state that a new subscriber receives, rather than news. */
  readonly snapshot: boolean;
  /** Whether it was missed while the connection was lost, and was sent again. */
  readonly recovered: boolean;
}

/** A point in a topic where updates may have been lost. */
export interface Gap {
  readonly topic: string;
  /**
   * `not_recovered`: the server no longer has the missed updates, or its source was restarted. `no_positions`: the connection
   * was lost, and a legacy server has no positions, so it is unknown whether updates were missed.
   */
  readonly reason: "not_recovered" | "no_positions";
  /** Whether the topic's current state follows and replaces the known updates. Otherwise load the missed updates elsewhere. */
  readonly snapshot: boolean;
  /** The last position before the gap. */
  readonly before: Position | undefined;
  /** The position after which the topic continues. */
  readonly after: Position | undefined;
}

/** The server's reply to a subscribe that requested the updates since a position. */
export interface Resume {
  readonly topic: string;
  /** True: the missed updates follow, and nothing is lost. False: they do not; a gap is reported too. */
  readonly recovered: boolean;
}

export const PENDING: TopicStatus = { state: "pending" };
export const SYNCING: TopicStatus = { state: "syncing" };
export const LIVE: TopicStatus = { state: "live" };

/** The callbacks for a topic. What one of them throws is reported, and does not affect other listeners. */
export interface TopicListener<Update> {
  /** Receives each update in the order of arrival; on subscribing, immediately the known ones. */
  readonly onUpdate?: (update: Update, meta: UpdateMeta) => void;
  /** Receives the topic's status on subscribing and on each change. */
  readonly onStatus?: (status: TopicStatus) => void;
  /**
   * Receives gaps. Discard the known updates if a snapshot follows, else load them again. If no listener of the topic has
   * this callback, a gap without a snapshot is reported as an error.
   */
  readonly onGap?: (gap: Gap) => void;
  /** The updates so far belong to a user who has logged out: discard them. Only for private topics. */
  readonly onReset?: () => void;
  /**
   * Receives each update that is evicted: late listeners and new clients no longer receive its key, by the route's rule `keep`.
   * An update of a finished key is evicted some time after it arrived. Remove the key from a list of the topic's current state.
   */
  readonly onEvict?: (update: Update) => void;
}

/** A route for the client: a shape; or a checked shape or whole route, which also validate parameters and updates. */
export interface ClientRoute<Params, Update> extends RouteShape<Params, Update> {
  parseParams?(input: unknown): Params;
  parseUpdate?(input: unknown): Update;
}

/** The types inside the client, where topics of all routes are handled alike. */
export type AnyRoute = ClientRoute<unknown, unknown>;
export type AnyListener = TopicListener<unknown>;

/** Returns the value of an update's key field. A topic that is one state has a field that no update has: one key for all. */
export function keyOf(key: string | undefined, update: unknown): unknown {
  return key === undefined ? undefined : (update as Record<string, unknown> | null)?.[key];
}
