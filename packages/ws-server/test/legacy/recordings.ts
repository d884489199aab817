import { readdirSync, readFileSync } from "node:fs";

/** The close of a connection by the server, as its client sees it. */
export interface Close {
  readonly code: number;
  readonly reason: string;
}

/** One step of a conversation. A client connects at its first step other than `publish`. */
export type Step = {
  /** The client of the step, if there are several. */
  readonly client?: string;
  /** The path to which this client connects. @default the recording's path */
  readonly path?: string;
} & (
  | { readonly send: string }
  /** A binary frame, in hex. */
  | { readonly sendBytes: string }
  | { readonly receive: string }
  /** The server ends the connection. */
  | { readonly close: Close }
  /** The client ends the connection. */
  | { readonly leave: true }
  /** Seconds. */
  | { readonly wait: number }
  /** The source publishes an update, whether or not its topic has subscribers. */
  | { readonly publish: { readonly topic: string; readonly update: unknown } }
);

/** One recorded conversation with a running FastWS. */
export interface Recording {
  readonly name: string;
  readonly about: string;
  /** The legacy dialect of `bars`, every route at one endpoint, or one endpoint per module. */
  readonly origin: "1.x" | "2.0" | "2.0-modular";
  /** Seconds. */
  readonly heartbeatInterval: number;
  /** Seconds. */
  readonly maxConnectionLifespan: number;
  readonly path: string;
  readonly steps: readonly Step[];
}

const FOLDER = new URL("recordings/", import.meta.url);
const ASYNCAPI = "asyncapi.json";

/** Every recorded conversation, by name. */
export function recordings(): Recording[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json") && file !== ASYNCAPI)
    .sort()
    .map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")));
}
