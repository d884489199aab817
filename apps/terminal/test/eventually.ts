import { expect } from "vitest";

/** What comes once the page has done its work, or found its server again, however busy the machine is. */
export function eventually<Value>(read: () => Value | Promise<Value>) {
  return expect.poll(read, { timeout: 30_000, interval: 20 });
}
