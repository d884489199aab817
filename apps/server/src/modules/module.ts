import type { Clock, Logger, Module, Random } from "@trading/ws-server";
import type { Env } from "../config/env.js";
import type { FastifyZod } from "../http/fastify-zod.js";
import type { Datafeed } from "./datafeed/service.js";

/** What modules are made from. */
export interface ModuleContext {
  readonly env: Env;
  readonly datafeed: Datafeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The folder for what outlives the process, which may have to be made; undefined: keep it in memory. */
  readonly dataDirectory: string | undefined;
}

/** A part of the product that can be left out: its routes, its endpoints and what both are made from. */
export interface ServerModule {
  /** As ENABLED_MODULES has it; its endpoints are below `/api/v1/{name}`. */
  readonly name: string;
  /** Its routes and operations, for the streaming server. */
  readonly streams: Module;
  /**
   * Registers its endpoints.
   *
   * An endpoint whose query has `accountId` is guarded: its handler runs for those only who may use that account. Give a
   * schema for each reply, or the document says nothing of it. What a handler throws becomes the reply: a `Problem` as it
   * is, a `SourceError` by its code (`unknown_…` 404, else 400; `retryable` 503), anything else a 500 without details.
   *
   * @param rest a scope below `/api/v1/{name}`
   */
  registerRest(rest: FastifyZod): void;
  /** Whether it can serve now; asked by `/readyz`. */
  isReady(): boolean;
  /** Stops what it runs. Called once, after the last request. */
  close(): Promise<void>;
}
