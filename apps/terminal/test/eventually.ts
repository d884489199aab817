import { expect } from "vitest";

/** Maximum duration of one wait. Generous, so that no test depends on the speed of the machine. */
export const WAIT_MS = 120_000;

/** Polls a value until its assertion holds. @param message part of the error if it does not */
export function eventually<Value>(read: () => Value | Promise<Value>, message?: string) {
  return expect.poll(read, { timeout: WAIT_MS, interval: 20, ...(message !== undefined && { message }) });
}
