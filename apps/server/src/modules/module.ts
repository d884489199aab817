import type { IncomingMessage, ServerResponse } from "node:http";
import type { Module } from "@trading/ws-server";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

/** A part of the HTTP API in which schemas are zod's: they validate, type the handler, and describe it in the OpenAPI document. */
export type FastifyZod = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** A part of the product that can be left out: its routes, its endpoints and what both are made from. */
export interface ServerModule {
  /** As ENABLED_MODULES has it; its endpoints are below `/api/v1/{name}`. */
  readonly name: string;
  /** Its routes and operations, for the streaming server. */
  readonly streams: Module;
  /**
   * Registers its endpoints.
   *
   * An endpoint whose query has `accountId` is guarded already: its handler runs for those only who may use that account.
   * What it throws becomes the reply: a `Problem` as it is, a `SourceError` by its code, anything else a 500 without details.
   *
   * @param rest a scope below `/api/v1/{name}`
   */
  registerRest(rest: FastifyZod): void;
  /** Whether it can serve now; asked by `/readyz`. */
  isReady(): boolean;
  /** Stops what it runs. Called once, after the last request. */
  close(): Promise<void>;
}
