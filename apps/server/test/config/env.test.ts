import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { help, parseEnv } from "../../src/config/env.js";
import { TABLE } from "../../src/config/variables.js";

describe("the environment", () => {
  test("has a default for every variable", () => {
    expect(parseEnv({ PORT: "", PATH: "/bin" })).toEqual({
      PORT: 8000,
      HOST: "127.0.0.1",
      TLS_CERT_FILE: "",
      TLS_KEY_FILE: "",
      ALLOWED_ORIGINS: [],
      TRUSTED_PROXIES: [],
      ENABLED_MODULES: ["all"],
      AUTH_MODE: "",
      JWT_SECRET: "",
      JWKS_URL: "",
      JWKS_FILE: "",
      JWT_ALGORITHMS: [],
      JWT_ISSUER: "",
      JWT_AUDIENCE: "",
      DATA_DIR: "data",
      DATABASE_URL: "",
      METRICS_PORT: "",
      METRICS_HOST: "127.0.0.1",
      MAX_CONNECTIONS: 0,
      MAX_CONNECTIONS_PER_ADDRESS: 0,
      MAX_TOPICS_PER_CONNECTION: 1_000,
      MAX_BUFFERED_BYTES: 1_048_576,
      DRAIN_MS: 0,
      DATAFEED: "simulated",
      SIMULATED_SEED: "1",
      REPLAY_FILE: "",
      REPLAY_SYMBOL: "",
      REPLAY_BARS_PER_SECOND: 4,
      REPLAY_AT_END: "stop",
      LOG_FORMAT: "json",
      LOG_LEVEL: "info",
    });
  });

  test.each([
    [{ PORT: "80a" }, 'Invalid PORT "80a": expected a whole number from 0 (any free port) to 65535.'],
    [{ PORT: "65536" }, 'Invalid PORT "65536": expected a whole number from 0 (any free port) to 65535.'],
    [{ PORT: "-1" }, 'Invalid PORT "-1": expected a whole number'],
    [{ HOST: "a b" }, 'Invalid HOST "a b": expected a host name or an IP address'],
    [{ DATAFEED: "live" }, 'Invalid DATAFEED "live": expected simulated or replay.'],
    [{ REPLAY_BARS_PER_SECOND: "0" }, 'Invalid REPLAY_BARS_PER_SECOND "0": expected a number from 0.001 to 100000.'],
    [{ REPLAY_BARS_PER_SECOND: "1e3" }, 'Invalid REPLAY_BARS_PER_SECOND "1e3": expected a number'],
    [{ REPLAY_AT_END: "repeat" }, 'Invalid REPLAY_AT_END "repeat": expected stop or loop.'],
    [{ LOG_LEVEL: "loud" }, 'Invalid LOG_LEVEL "loud": expected debug, info, warn, error or silent.'],
    [{ AUTH_MODE: "none" }, 'Invalid AUTH_MODE "none": expected demo or jwt.'],
    [
      { AUTH_MODE: "demo", HOST: "0.0.0.0" },
      'Invalid HOST "0.0.0.0": AUTH_MODE=demo gives anyone a token for any account',
    ],
    [{ AUTH_MODE: "demo", HOST: "127.0.0.1.example.com" }, 'Invalid HOST "127.0.0.1.example.com": AUTH_MODE=demo'],
    [{ AUTH_MODE: "demo", HOST: "::" }, 'Invalid HOST "::": AUTH_MODE=demo'],
    [{ METRICS_PORT: "-1" }, 'Invalid METRICS_PORT "-1": expected a whole number from 0 (any free port) to 65535.'],
    [{ TLS_CERT_FILE: "a.pem" }, "TLS_KEY_FILE is not set: TLS_CERT_FILE needs it, set both or neither."],
    [{ TLS_KEY_FILE: "a.pem" }, "TLS_CERT_FILE is not set: TLS_KEY_FILE needs it"],
    [
      { MAX_CONNECTIONS_PER_ADDRESS: "5" },
      "TRUSTED_PROXIES is not set: MAX_CONNECTIONS_PER_ADDRESS=5 needs it, because behind a",
    ],
    [{ DRAIN_MS: "10s" }, 'Invalid DRAIN_MS "10s": expected a whole number of milliseconds from 0 to 3600000.'],
    [{ JWT_SECRET: "x", JWT_SECRET_FILE: "y" }, "JWT_SECRET and JWT_SECRET_FILE are both set: set only one of them."],
    [{ JWT_SECRET_FILE: "gone" }, 'Cannot read the file "gone" that JWT_SECRET_FILE names: ENOENT'],
    [{ JWT_SECRET: "s".repeat(4_097) }, "Invalid JWT_SECRET (4097 characters): expected a string of at least 32 bytes"],
  ])("%j is rejected with the variable, the value and what is expected", (env, message) => {
    expect(() => parseEnv(env)).toThrow(message);
  });

  test("reads a secret from a file, as containers provide secrets", () => {
    const directory = mkdtempSync(join(tmpdir(), "secret-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const JWT_SECRET_FILE = join(directory, "secret");
    writeFileSync(JWT_SECRET_FILE, "sesame\n");
    expect(parseEnv({ JWT_SECRET_FILE }).JWT_SECRET).toBe("sesame");
    expect(parseEnv({ JWT_SECRET_FILE, JWT_SECRET: "" }).JWT_SECRET).toBe("sesame");
  });

  test.each(["127.0.0.1", "127.1.2.3", "::1", "localhost"])("allows demo mode to listen on %s", (HOST) => {
    expect(parseEnv({ AUTH_MODE: "demo", HOST }).HOST).toBe(HOST);
  });

  test("splits lists at commas and trims spaces", () => {
    expect(parseEnv({ ALLOWED_ORIGINS: " https://a.example, http://b.example ,," }).ALLOWED_ORIGINS).toEqual([
      "https://a.example",
      "http://b.example",
    ]);
  });

  test("documents each variable in --help and in the README", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8").replace(/ +/g, " ");
    for (const [name, variable] of TABLE) {
      expect(help()).toContain(`  ${name}\n`);
      expect(help()).toContain(variable.expected);
      const byDefault = variable.default === "" ? "not set" : `\`${variable.default}\``;
      expect(readme).toContain(`| \`${name}\` | ${byDefault} | ${variable.description}: ${variable.expected} |`);
    }
  });
});
