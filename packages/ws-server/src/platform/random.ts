import { randomUUID } from "node:crypto";

/** Chance, as the engine sees it. A test passes one of its own and nothing depends on luck. */
export interface Random {
  /** At least 0 and less than 1. */
  fraction(): number;
  /** A text of at most 64 characters that nobody can guess and that never comes again. */
  id(): string;
}

/** The computer's own chance. */
export const systemRandom: Random = { fraction: () => Math.random(), id: () => randomUUID() };
