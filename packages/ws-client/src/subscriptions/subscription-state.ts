import { PENDING, type TopicStatus } from "./listener.js";

/** The kind of the updates that are arriving. */
export type Phase = "news" | "snapshot" | "recovery";

/**
 * The state of a subscription on the server.
 *
 * | state | event | next state |
 * | --- | --- | --- |
 * | idle: has to be sent | `subscribe()` | subscribing; sends a subscribe, with the position if there is one |
 * | subscribing, failed without a reply | the server confirms | confirmed; reports a gap if updates are missing |
 * | subscribing | no reply in time | failed |
 * | confirmed | `subscribe()` | confirmed; sends a subscribe as a heartbeat |
 * | | a snapshot or recovery is complete | confirmed, with the status `live` |
 * | | updates of a log are missing | idle, then subscribing from the last position; if repeated too soon, waiting before |
 * | confirmed, subscribing | the server ends the topic because another one runs it | waiting, with the status `syncing` |
 * | subscribing, within 10 seconds of that | the server refuses, retryable | waiting, with the status `syncing` |
 * | waiting | backoff has passed | idle |
 * | subscribing, confirmed | the server refuses, confirms another topic or ends the topic | failed |
 * | any | the server closes the connection on its frame | rejected |
 * | failed, retryable | backoff has passed | idle |
 * | failed | a listener is added, the user logs in | idle |
 * | rejected | a listener is added after all were removed | idle |
 * | any except rejected | the connection is lost | idle |
 * | any | the client is closed | failed; listeners and known updates are removed |
 */
export type State =
  | { readonly name: "idle" | "waiting" | "subscribing" | "failed" | "rejected"; readonly status: TopicStatus }
  | { readonly name: "confirmed"; readonly status: TopicStatus; readonly phase: Phase };

export const IDLE: State = { name: "idle", status: PENDING };
export const WAITING: State = { name: "waiting", status: PENDING };
export const SUBSCRIBING: State = { name: "subscribing", status: PENDING };
