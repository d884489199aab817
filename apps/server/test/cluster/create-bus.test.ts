import { systemClock, systemRandom } from "@trading/ws-server";
import { IpcBus } from "@trading/ws-server/cluster";
import { RedisBus } from "@trading/ws-server/redis";
import { RecordingLogger } from "@trading/ws-server/testing";
import { describe, expect, test } from "vitest";
import { createBus } from "../../src/cluster/create-bus.js";
import { EnvError, parseEnv } from "../../src/config/env.js";

const services = { clock: systemClock, random: systemRandom, logger: new RecordingLogger() };
const worker = { number: 1, hubPath: "/nowhere/hub", logLevel: undefined, monitoring: undefined };

/** Returns the message of the error that a URL of Redis causes. */
function refusal(url: string): string {
  try {
    createBus({ REDIS_URL: url, REDIS_KEY_PREFIX: "trading:" }, undefined, services);
  } catch (error) {
    expect(error).toBeInstanceOf(EnvError);
    return (error as EnvError).message;
  }
  throw new Error(`${url} was accepted`);
}

describe("the bus of a server", () => {
  test.each([
    ["none for a process that is alone", "", undefined, undefined],
    ["the hub of its primary in a worker", "", worker, IpcBus],
    ["Redis with REDIS_URL", "redis://127.0.0.1", undefined, RedisBus],
    ["Redis with REDIS_URL in a worker too", "redis://127.0.0.1", worker, RedisBus],
  ] as const)("is %s", (_, REDIS_URL, settings, expected) => {
    const bus = createBus(parseEnv({ REDIS_URL }), settings, services);
    expect(bus?.constructor).toBe(expected);
  });

  test.each(["redis://", "redis://:secret@127.0.0.1/first", "unix://run/redis.sock"])(
    "refuses the URL %s in one sentence, without its password",
    (url) => {
      const message = refusal(url);
      expect(message).toMatch(/^Invalid REDIS_URL: [^\n]+$/);
      expect(message).not.toContain("secret");
    },
  );

  test("refuses another scheme before anything is created", () => {
    expect(() => parseEnv({ REDIS_URL: "http://:secret@127.0.0.1" })).toThrow(/^Invalid REDIS_URL(?!.*secret).*redis:/);
  });
});
