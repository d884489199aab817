import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, test } from "vitest";
import { commonSettings } from "../../src/cluster/primary.js";
import { parseEnv } from "../../src/config/env.js";

describe("the variables that all workers share", () => {
  const START = "2026-01-05T09:30:00.000Z";
  const clock = new ManualClock();
  const settings = (env: Record<string, string>) => commonSettings(parseEnv({ WORKERS: "2", ...env }), clock);

  test("contain one start of a recording, which is the present", () => {
    const { REPLAY_STARTS_AT } = settings({ DATAFEED: "replay" });
    expect(parseEnv({ REPLAY_STARTS_AT }).REPLAY_STARTS_AT).toBe(clock.now());
  });

  test.each([
    ["the simulated market", {}],
    ["a recording with a given start", { DATAFEED: "replay", REPLAY_STARTS_AT: START }],
  ])("contain no start for %s", (_case, env) => {
    expect(settings(env)).toEqual({});
  });
});
