import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { help, parseEnv } from "../src/config/env.js";
import { TABLE } from "../src/config/variables.js";

describe("the environment", () => {
  test("needs nothing set", () => {
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
    [{ PORT: "80a" }, 'PORT is "80a": give a whole number from 0 (any free port) to 65535.'],
    [{ PORT: "65536" }, 'PORT is "65536": give a whole number from 0 (any free port) to 65535.'],
    [{ PORT: "-1" }, 'PORT is "-1": give a whole number'],
    [{ HOST: "a b" }, 'HOST is "a b": give a host name or an IP address'],
    [{ DATAFEED: "live" }, 'DATAFEED is "live": give simulated or replay.'],
    [{ REPLAY_BARS_PER_SECOND: "0" }, 'REPLAY_BARS_PER_SECOND is "0": give a number from 0.001 to 100000.'],
    [{ REPLAY_BARS_PER_SECOND: "1e3" }, 'REPLAY_BARS_PER_SECOND is "1e3": give a number'],
    [{ REPLAY_AT_END: "repeat" }, 'REPLAY_AT_END is "repeat": give stop or loop.'],
    [{ LOG_LEVEL: "loud" }, 'LOG_LEVEL is "loud": give debug, info, warn, error or silent.'],
    [{ AUTH_MODE: "none" }, 'AUTH_MODE is "none": give demo or jwt.'],
    [
      { AUTH_MODE: "demo", HOST: "0.0.0.0" },
      'HOST is "0.0.0.0", but AUTH_MODE=demo gives anyone a token for any account',
    ],
    [{ AUTH_MODE: "demo", HOST: "127.0.0.1.example.com" }, 'HOST is "127.0.0.1.example.com", but AUTH_MODE=demo'],
    [{ AUTH_MODE: "demo", HOST: "::" }, 'HOST is "::", but AUTH_MODE=demo'],
    [{ METRICS_PORT: "-1" }, 'METRICS_PORT is "-1": give a whole number from 0 (any free port) to 65535.'],
    [{ TLS_CERT_FILE: "a.pem" }, "TLS_KEY_FILE is not set: TLS_CERT_FILE is, and one is of no use without the other."],
    [{ TLS_KEY_FILE: "a.pem" }, "TLS_CERT_FILE is not set: TLS_KEY_FILE is"],
    [
      { MAX_CONNECTIONS_PER_ADDRESS: "5" },
      "TRUSTED_PROXIES is not set: MAX_CONNECTIONS_PER_ADDRESS is 5, and behind a",
    ],
    [{ DRAIN_MS: "10s" }, 'DRAIN_MS is "10s": give a whole number of milliseconds up to 3600000.'],
    [{ JWT_SECRET: "x", JWT_SECRET_FILE: "y" }, "JWT_SECRET and JWT_SECRET_FILE are both set: give one of them."],
    [{ JWT_SECRET_FILE: "gone" }, 'JWT_SECRET_FILE is "gone", which cannot be read: ENOENT'],
    [{ JWT_SECRET: "s".repeat(4_097) }, "JWT_SECRET has 4097 characters: give a text of at least 32 bytes"],
  ])("%j is refused with the variable, the value and what is allowed", (env, message) => {
    expect(() => parseEnv(env)).toThrow(message);
  });

  test("takes a secret from a file, as containers have theirs", () => {
    const directory = mkdtempSync(join(tmpdir(), "secret-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const JWT_SECRET_FILE = join(directory, "secret");
    writeFileSync(JWT_SECRET_FILE, "sesame\n");
    expect(parseEnv({ JWT_SECRET_FILE }).JWT_SECRET).toBe("sesame");
    expect(parseEnv({ JWT_SECRET_FILE, JWT_SECRET: "" }).JWT_SECRET).toBe("sesame");
  });

  test.each(["127.0.0.1", "127.1.2.3", "::1", "localhost"])("lets demo mode listen on %s", (HOST) => {
    expect(parseEnv({ AUTH_MODE: "demo", HOST }).HOST).toBe(HOST);
  });

  test("is read with commas and spaces where it is a list", () => {
    expect(parseEnv({ ALLOWED_ORIGINS: " https://a.example, http://b.example ,," }).ALLOWED_ORIGINS).toEqual([
      "https://a.example",
      "http://b.example",
    ]);
  });

  test("is told whole by --help and by the README", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8").replace(/ +/g, " ");
    for (const [name, variable] of TABLE) {
      expect(help()).toContain(`  ${name}\n`);
      expect(help()).toContain(variable.allowed);
      const byDefault = variable.default === "" ? "not set" : `\`${variable.default}\``;
      expect(readme).toContain(`| \`${name}\` | ${byDefault} | ${variable.meaning}: ${variable.allowed} |`);
    }
  });
});
