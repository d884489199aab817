import type { Module } from "../server/modules.js";

/** A service to describe: an endpoint and its modules. */
export interface AsyncApiService {
  readonly title: string;
  readonly version: string;
  /** Markdown. @default none */
  readonly description?: string;
  /** The endpoint's path, such as `/api/v1/ws`. */
  readonly path: string;
  readonly modules: readonly Module[];
}
