import type { ClientError } from "../errors.js";
import type { TopicStatus } from "../subscriptions/listener.js";

/** State that changes, for the hooks and for adapters to other frameworks. */
export interface Store<State> {
  /** Called on each change. */
  readonly readers: Set<() => void>;
  /** Returns the current state: the same object until something changes. */
  readonly get: () => State;
  /** Ends the subscription and cancels requests. */
  readonly stop: () => void;
}

/** The arguments of React's `useSyncExternalStore`. */
export type StoreArguments<State> = readonly [
  subscribe: (onChange: () => void) => () => void,
  getSnapshot: () => State,
  getServerSnapshot: () => State,
];

/** The status of a topic. */
export interface TopicResult {
  /** `skipped` if the parameters are `skip`, which is null. */
  readonly status: TopicStatus["state"] | "skipped";
  /** The reason for the status `error`; undefined again once the client retries. */
  readonly error: ClientError | undefined;
  /** The server's code while the topic moves to another server, with the status `syncing`. */
  readonly reason?: string | undefined;
  /**
   * When the newest update arrived, in Unix milliseconds of this computer; undefined before the first one. If `select` and
   * `isEqual` prevent renders, it is the time as of the last render.
   */
  readonly dataUpdatedAt: number | undefined;
}
