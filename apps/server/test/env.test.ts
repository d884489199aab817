import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { help, parseEnv, VARIABLES } from "../src/env.js";

describe("the environment", () => {
  test("needs nothing set", () => {
    expect(parseEnv({ PORT: "", PATH: "/bin" })).toEqual({
      PORT: 8000,
      HOST: "127.0.0.1",
      DATAFEED: "simulated",
      SIMULATED_SEED: "1",
      REPLAY_FILE: "",
      REPLAY_SYMBOL: "",
      REPLAY_BARS_PER_SECOND: 4,
      REPLAY_AT_END: "stop",
      LOG_LEVEL: "info",
    });
  });

  test.each([
    [{ PORT: "80a" }, 'PORT is "80a": give a whole number from 0 (any free port) to 65535.'],
    [{ PORT: "65536" }, 'PORT is "65536": give a whole number from 0 (any free port) to 65535.'],
    [{ PORT: "-1" }, 'PORT is "-1": give a whole number'],
    [{ HOST: "a b" }, 'HOST is "a b": give a host name or an IP address'],
    [{ DATAFEED: "live" }, 'DATAFEED is "live": give simulated or replay.'],
    [{ REPLAY_BARS_PER_SECOND: "0" }, 'REPLAY_BARS_PER_SECOND is "0": give a number from 0.001 to 100000.'],
    [{ REPLAY_BARS_PER_SECOND: "1e3" }, 'REPLAY_BARS_PER_SECOND is "1e3": give a number'],
    [{ REPLAY_AT_END: "repeat" }, 'REPLAY_AT_END is "repeat": give stop or loop.'],
    [{ LOG_LEVEL: "loud" }, 'LOG_LEVEL is "loud": give debug, info, warn, error or silent.'],
    [{ DATAFEED: "replay" }, "REPLAY_FILE is not set: DATAFEED=replay needs the path of a CSV file"],
  ])("%j is refused with the variable, the value and what is allowed", (env, message) => {
    expect(() => parseEnv(env)).toThrow(message);
  });

  test("is told whole by --help and by the README", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8").replace(/ +/g, " ");
    for (const [name, variable] of Object.entries(VARIABLES)) {
      expect(help()).toContain(`  ${name} `);
      expect(help()).toContain(variable.allowed);
      const byDefault = variable.default === "" ? "not set" : `\`${variable.default}\``;
      expect(readme).toContain(`| \`${name}\` | ${byDefault} | ${variable.meaning}: ${variable.allowed} |`);
    }
  });
});
