import type { Clock, Logger, Module, Random, StreamServer } from "@trading/ws-server";
import type { Requests } from "@trading/ws-server/cluster";
import type { Env } from "../config/env.js";
import type { FastifyZod } from "../http/fastify-zod.js";
import type { Datafeed } from "./datafeed/service.js";

/** Dependencies that modules are created with. */
export interface ModuleContext {
  readonly env: Env;
  readonly datafeed: Datafeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Directory for persistent data, which may not exist yet; undefined: keep data in memory. */
  readonly dataDirectory: string | undefined;
  /** The node of a cluster of servers. @default the server is alone */
  readonly cluster?: ModuleCluster | undefined;
}

/** The part of a cluster that modules use, a `ClusterPubSub`. */
export interface ModuleCluster {
  /** Sends requests to the servers that hold keys, and handles those of others. */
  readonly requests: Pick<Requests, "isUp" | "send" | "handle" | "holderOf">;
  /** Whether this server may run sources of topics, and the broker. */
  readonly ownsTopics: boolean;
  /** Makes this server the only owner of the topics of a key. @returns gives the key up */
  hold(key: string): () => void;
}

/** Whether a module can serve requests. */
export interface Readiness {
  /** `standby`: another server serves them, and this one takes over when that one ends. */
  readonly status: "ready" | "standby" | "unavailable";
  /** The cause if it is not ready, for operators: it is not sent to clients. */
  readonly reason?: string;
}

/** A working order, for operators. */
export interface WorkingOrder {
  readonly id: string;
  readonly symbol: string;
  /** 1 buy, -1 sell */
  readonly side: 1 | -1;
  readonly qty: number;
  readonly filledQty: number;
}

/** The operations on accounts that operators have. An account that is new is opened. Methods throw a `Problem` for what is not possible. */
export interface AccountControl {
  workingOrders(accountId: string): Promise<readonly WorkingOrder[]>;
  cancel(accountId: string, orderId: string): Promise<void>;
  /** Cancels all working orders, except the brackets of positions. @returns their number */
  cancelAll(accountId: string): Promise<number>;
  /** Refuses orders for a reason that the user sees; null accepts them again. */
  halt(accountId: string, reason: string | null): Promise<void>;
}

/** The commits of a module that stores changes, for metrics. */
export interface CommitStats {
  /** Number of commands that wait. */
  readonly queued: number;
  /** Calls back after each commit with its duration, and whether it succeeded. */
  onCommit(listener: (durationMs: number, isStored: boolean) => void): void;
}

/** A part of the product that can be enabled separately: routes, endpoints and the service behind them. */
export interface ServerModule {
  /** The name in ENABLED_MODULES; its endpoints are under `/api/v1/{name}`. */
  readonly name: string;
  /** Routes and operations for the streaming server. */
  readonly streams: Module;
  /**
   * Registers the HTTP endpoints.
   *
   * An endpoint whose query has `accountId` is guarded: its handler only runs for clients with access to that account.
   * Declare a schema for each reply, otherwise the OpenAPI document does not describe it. An error thrown by a handler
   * becomes the reply: a `Problem` as it is, a `SourceError` by its code (404 for `unknown_…`, otherwise 400; 503 if
   * `retryable`), anything else a 500 without details.
   *
   * @param rest a scope under `/api/v1/{name}`
   */
  registerRest(rest: FastifyZod): void;
  /** Gets the streaming server, whose topics it can follow and read on any server of a cluster. @default not needed */
  connect?(stream: StreamServer): void;
  /** Returns whether the module can serve requests now, and otherwise why not; `/readyz` calls it. */
  readiness(): Readiness;
  /** For metrics. @default the module stores nothing */
  readonly commits?: CommitStats;
  /** For operators. @default the module has no accounts */
  readonly accounts?: AccountControl;
  /** Releases the module's resources. Called once, after the last request. */
  close(): Promise<void>;
}
