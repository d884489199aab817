import type { Clock, Logger, Module, Random } from "@trading/ws-server";
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
  /** Returns whether the module can serve requests now; `/readyz` calls it. */
  isReady(): boolean;
  /** Releases the module's resources. Called once, after the last request. */
  close(): Promise<void>;
}
