import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, systemRandom } from "@trading/ws-server";
import { createBus } from "../cluster/create-bus.js";
import { closeOthers, compose } from "../compose.js";
import { type Environment, parseEnv, readEnvironment } from "../config/env.js";
import { TABLE } from "../config/variables.js";
import { createLogger } from "../logger.js";

/**
 * Runs `--check`: creates the server that the environment describes, as a start would, but without its data, its database
 * and its ports.
 *
 * @returns the settings, as text without secrets
 * @throws the error that a start would report
 */
export async function checkCommand(given: Environment): Promise<string> {
  const env = parseEnv(given);
  const directory = mkdtempSync(join(tmpdir(), "trading-check-"));
  try {
    const logger = createLogger("silent", "json");
    createBus(env, undefined, { clock: systemClock, random: systemRandom, logger });
    const server = await compose({ ...env, DATA_DIR: directory, DATABASE_URL: "", REDIS_URL: "" }, { logger });
    await server.app.close();
    await closeOthers(server);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return `${settings(readEnvironment(given))}\n\nThe settings are valid. Not checked: whether the ports, DATA_DIR, the database and Redis can be used.\n`;
}

/** Returns a line for each variable, with an asterisk for those that are set. */
function settings(given: Environment): string {
  const width = Math.max(...Array.from(TABLE.keys(), (name) => name.length));
  const rows = Array.from(TABLE, ([name, { default: byDefault, secret }]) => {
    const file = secret ? given[`${name}_FILE`] : undefined;
    const value = given[name] || file;
    const shown = file
      ? `(from ${JSON.stringify(file)})`
      : secret && value
        ? "(secret)"
        : value || byDefault || "not set";
    return `${value ? "*" : " "} ${name.padEnd(width)}  ${shown}`;
  });
  return ["Settings (* is set, the others have their default):", ...rows].join("\n");
}
