import { randomUUID } from "node:crypto";

/** Random source of the engine. Tests pass a deterministic one. */
export interface Random {
  /** Returns a number of at least 0 and less than 1. */
  fraction(): number;
  /** Returns a unique, unguessable string of at most 64 characters. */
  id(): string;
}

/** The system's random source. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  // Node joins a UUID from twenty strings, which V8 keeps as they are: 600 bytes instead of 56, for each connection and each topic.
  id: () => Buffer.from(randomUUID(), "latin1").toString("latin1"),
};
