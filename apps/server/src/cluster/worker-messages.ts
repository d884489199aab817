import type { LogLevel } from "@trading/ws-server";

/** Interval at which a worker reports that its event loop turns. In milliseconds. */
export const ALIVE_MS = 1_000;

/** The settings of a worker that the environment does not have. */
export interface WorkerSettings {
  /** From 1 to WORKERS; a replacement has the number of the worker that it replaces. */
  readonly number: number;
  /** The socket of the hub that connects the workers. */
  readonly hubPath: string;
  /** The log level that an operator has set; undefined for LOG_LEVEL. */
  readonly logLevel: LogLevel | undefined;
  /** Undefined if METRICS_PORT is not set. */
  readonly monitoring: MonitoringSettings | undefined;
}

/** The listener of a worker's operators' endpoints. */
export interface MonitoringSettings {
  /** The socket on which the primary reaches them. */
  readonly path: string;
  /** The port on which operators reach them through the primary. */
  readonly port: number;
}

/** A message from the primary to a worker. */
export type ToWorker =
  | { readonly type: "stop"; readonly signal: NodeJS.Signals; readonly delayMs: number; readonly drainMs: number }
  /** Apply the settings that have changed, as on SIGHUP. */
  | { readonly type: "reload" };

/** A message from a worker to the primary. */
export type ToPrimary =
  /** The worker's event loop turns. Sent every second. */
  | { readonly type: "alive" }
  | {
      readonly type: "listening";
      /** The lines that a server prints when it has started. */
      readonly banner: string;
      readonly addresses: Readonly<Record<string, string>>;
    }
  /** The worker could not start, and ends. */
  | { readonly type: "failed"; readonly reason: string };
