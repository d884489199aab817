import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { AdminTokens } from "../src/admin/admin-tokens.js";
import type { AppLimits } from "../src/app.js";
import { type Environment, parseEnv } from "../src/config/env.js";
import type { Tls } from "../src/http/http-server.js";
import { LiveSettings } from "../src/live-settings.js";
import { createLogger } from "../src/logger.js";

const fixture = (name: string) => readFileSync(fileURLToPath(new URL(`fixtures/tls/${name}`, import.meta.url)), "utf8");

/** Settings whose changes a test can read. */
function setup(given: Environment) {
  const folder = mkdtempSync(join(tmpdir(), "live-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const environment = { ENV_FILE: write("env", ""), ...given };
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger("info", "json", {
    write: (line) => {
      const { time, level, ...entry } = JSON.parse(line);
      lines.push(entry);
    },
  });
  const limits: AppLimits[] = [];
  const certificates: Tls[] = [];
  const verified: string[] = [];
  const start = (extra: Environment = {}) =>
    new LiveSettings(parseEnv({ ...environment, ...extra }), {
      app: { setLimits: (next) => void limits.push(next), setTls: (next) => void certificates.push(next) },
      auth: {
        prepare: ({ JWT_SECRET: secret }) => {
          if (secret.length < 32) throw new Error("Invalid JWT_SECRET");
          return () => void verified.push(secret);
        },
      },
      adminTokens: new AdminTokens([]),
      logger,
    });
  return { environment, write, lines, logger, limits, certificates, verified, start };
}

describe("settings of a running server", () => {
  test("change with ENV_FILE: limits and log level, with a log line for each", () => {
    const { environment, write, lines, logger, limits, start } = setup({ MAX_TOPICS: "5" });
    const settings = start();
    write("env", "LOG_LEVEL=warn\nMAX_CONNECTIONS=7\nMAX_TOPICS=6\nTOPIC_LINGER_MS=9\n");
    settings.reload(environment);
    expect(logger.level).toBe("warn");
    expect(limits).toHaveLength(1);
    // MAX_TOPICS is a variable of the process, which has precedence.
    expect(limits[0]).toMatchObject({
      sockets: { maxConnections: 107 },
      streaming: { maxConnections: 7, maxTopics: 5, lingerMs: 9 },
    });
    expect(lines).toEqual([
      { message: "A setting changes", variable: "MAX_CONNECTIONS", from: "", to: 7 },
      { message: "A setting changes", variable: "TOPIC_LINGER_MS", from: 30_000, to: 9 },
      { message: "A setting changes", variable: "LOG_LEVEL", from: "info", to: "warn" },
    ]);
  });

  test("change with the content of files, which is not logged", () => {
    const { environment, write, lines, certificates, verified, start } = setup({});
    const files = {
      TLS_CERT_FILE: write("cert", fixture("cert.pem")),
      TLS_KEY_FILE: write("key", fixture("key.pem")),
      JWT_SECRET_FILE: write("secret", "a".repeat(32)),
    };
    const settings = start(files);
    write("cert", fixture("renewed-cert.pem"));
    write("key", fixture("renewed-key.pem"));
    write("secret", "b".repeat(32));
    settings.reload({ ...environment, ...files });
    expect(certificates).toEqual([{ cert: fixture("renewed-cert.pem"), key: fixture("renewed-key.pem") }]);
    expect(verified).toEqual(["b".repeat(32)]);
    expect(lines).toEqual([
      { message: "A setting changes", variable: "TLS_CERT_FILE" },
      { message: "A setting changes", variable: "TLS_KEY_FILE" },
      { message: "A setting changes", variable: "JWT_SECRET" },
      { message: "The settings were reloaded", changed: 3 },
    ]);
    settings.reload({ ...environment, ...files });
    expect([certificates.length, verified.length]).toEqual([1, 1]);
    expect(lines.at(-1)).toEqual({ message: "The settings were reloaded", changed: 0 });
  });

  test.each([
    ["env", "MAX_CONNECTIONS=1\nMAX_TOPICS=many\n", 'Invalid MAX_TOPICS "many": expected a whole number'],
    ["secret", "short", "Invalid JWT_SECRET"],
    ["cert", "no certificate", "expected a certificate and its private key, both PEM"],
  ])("all stay when the file %s is invalid: %j", (name, text, reason) => {
    const { environment, write, lines, limits, certificates, verified, start } = setup({});
    const files = {
      TLS_CERT_FILE: write("cert", fixture("cert.pem")),
      TLS_KEY_FILE: write("key", fixture("key.pem")),
      JWT_SECRET_FILE: write("secret", "a".repeat(32)),
    };
    const settings = start(files);
    write("env", "MAX_CONNECTIONS=1\n");
    write(name, text);
    settings.reload({ ...environment, ...files });
    expect([limits, certificates, verified]).toEqual([[], [], []]);
    expect(lines).toEqual([
      {
        message: "The settings were not reloaded: the old ones stay in use",
        reason: expect.stringContaining(reason),
      },
    ]);
  });

  test("that need a restart are named, each time until then", () => {
    const { environment, write, lines, start } = setup({});
    const settings = start();
    write("env", "PORT=9000\nMAX_FRAME_BYTES=9\nDATABASE_URL=postgresql://a:secret@127.0.0.1/b\n");
    for (let times = 0; times < 2; times++) settings.reload(environment);
    const restart = {
      message: "Some changed variables take effect after a restart only",
      variables: "PORT, DATABASE_URL, MAX_FRAME_BYTES",
    };
    const done = { message: "The settings were reloaded", changed: 0 };
    expect(lines).toEqual([done, restart, done, restart]);
  });
});
