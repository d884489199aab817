import type { Module } from "../server/modules.js";

/** What the documents describe: one endpoint, and what is served at it. */
export interface AsyncApiService {
  readonly title: string;
  readonly version: string;
  /** Markdown. @default none */
  readonly description?: string;
  /** The endpoint's path, such as `/api/v1/ws`. */
  readonly path: string;
  readonly modules: readonly Module[];
}
