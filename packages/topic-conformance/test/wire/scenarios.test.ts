import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CLIENT_FEATURES, CLIENT_SCENARIOS } from "../../src/wire/client/scenarios.js";
import type { Scenario } from "../../src/wire/scenario.js";
import { SERVER_FEATURES, SERVER_SCENARIOS } from "../../src/wire/server/scenarios.js";
import { protocolSections } from "./protocol.js";

const sections = protocolSections();
const guide = readFileSync(new URL("../../docs/wire.md", import.meta.url), "utf8");

describe.each([
  ["server", SERVER_SCENARIOS, SERVER_FEATURES, 60],
  ["client", CLIENT_SCENARIOS, CLIENT_FEATURES, 40],
] as const)("scenarios for a %s", (_peer, scenarios, features, least) => {
  const all: readonly Omit<Scenario<never>, "run">[] = scenarios;

  test("have unique ids, and there are enough", () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(least);
  });

  test("quote PROTOCOL.md word for word, in the section that they name", () => {
    const wrong = all.filter(({ section, sentence }) => sentence === "" || !sections.get(section)?.includes(sentence));
    expect(wrong.map(({ id, section, sentence }) => `${id}: ${section}: ${sentence}`)).toEqual([]);
  });

  test("need known features, and every feature is needed", () => {
    const needed = new Set(all.flatMap(({ needs }) => needs));
    expect([...needed].sort()).toEqual([...features.keys()].sort());
  });

  test("are described by docs/wire.md with each feature", () => {
    const rows = [...features].map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
    expect(rows.filter((row) => !guide.includes(row))).toEqual([]);
  });
});
