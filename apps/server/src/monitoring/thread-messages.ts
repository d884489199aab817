import type { MessagePort } from "node:worker_threads";
import type { LogFields } from "@trading/ws-server";
import type { SocketLimits } from "../http/sockets.js";

/** The settings of the monitoring thread. */
export interface ThreadSettings {
  readonly port: number;
  readonly host: string;
  /** Host names under which it is reached, in addition to loopback names; undefined for any. */
  readonly allowedHosts: readonly string[] | undefined;
  readonly sockets: SocketLimits;
  readonly blockedLimits: BlockedLimits;
  /** The memory of the main thread's beat. */
  readonly beat: SharedArrayBuffer;
}

/** For how long the main thread's event loop can be blocked. */
export interface BlockedLimits {
  /** In milliseconds; then its requests get 503. @default 2_000 */
  readonly requestMs: number;
  /** In milliseconds; then `/healthz` replies 503. @default 30_000 */
  readonly healthMs: number;
}

/** A message of the monitoring thread to the main thread. */
export type ThreadMessage =
  | { readonly type: "listening"; readonly port: number }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "warning"; readonly text: string; readonly fields: LogFields | undefined }
  | ForwardedConnection;

/** A connection with one request, which the main thread serves. */
export interface ForwardedConnection {
  readonly type: "connection";
  /** The port of its {@link PortStream}. */
  readonly port: MessagePort;
  /** The client's address. */
  readonly address: string | undefined;
  /** Memory of its {@link Claim}. */
  readonly claim: SharedArrayBuffer;
}
