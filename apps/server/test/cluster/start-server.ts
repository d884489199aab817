import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@trading/ws-server";
import { onTestFinished } from "vitest";
import { closeOthers, compose } from "../../src/compose.js";
import { type Environment, parseEnv } from "../../src/config/env.js";
import { listen } from "../../src/listen.js";
import { createLogger } from "../../src/logger.js";

const SETTINGS = {
  PORT: "0",
  METRICS_PORT: "0",
  ENABLED_MODULES: "datafeed",
  AUTH_MODE: "jwt",
  DATAFEED: "external",
  EXTERNAL_SYMBOLS: "ACME",
  TOPIC_LINGER_MS: "0",
};

/** Starts a server in this process as the program does, with an empty DATA_DIR. It is closed with the test. */
export async function startServer(variables: Environment) {
  const DATA_DIR = mkdtempSync(join(tmpdir(), "cluster-server-"));
  const env = parseEnv({ ...SETTINGS, DATA_DIR, ...variables });
  const lines: string[] = [];
  let wake = () => {};
  const write = (line: string) => {
    lines.push(line);
    wake();
  };
  const server = await compose(env, { logger: createLogger("error", "json", { write }) });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= server.app.close().then(() => closeOthers(server));
    return closing;
  };
  onTestFinished(async () => {
    await close();
    rmSync(DATA_DIR, { recursive: true, force: true });
  });
  const ports = await listen(server, env, systemClock);
  const monitoring = `http://127.0.0.1:${ports?.monitoringPort}`;
  return {
    ...server,
    monitoring,
    metricsPort: ports?.monitoringPort,
    url: `ws://127.0.0.1:${ports?.port}/api/v1/ws`,
    close,
    /** Waits until a line of the log has a text. */
    async logged(text: string) {
      while (!lines.some((line) => line.includes(text))) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async readiness() {
      const response = await fetch(`${monitoring}/readyz`);
      return [response.status, await response.json()];
    },
  };
}
