import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../free-port.mjs";

/** The registry, installed for the rehearsal only: it has hundreds of dependencies, and nothing else here needs it. */
const MANIFEST = {
  private: true,
  dependencies: { verdaccio: "6.5.0" },
  // One of its dependencies asks for a tag instead of a version, and mirrors do not have all tags.
  overrides: { "node-fetch": "2.7.0" },
};

/**
 * Installs the registry.
 *
 * @param {import("./processes.mjs").Processes} processes
 * @param {string} folder a new folder
 */
export async function installRegistry(processes, folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify(MANIFEST));
  await processes.run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: folder });
}

/**
 * Starts a registry that accepts packages of this repository without a login, and gets all others from the registry that npm is
 * configured for.
 *
 * @param {import("./processes.mjs").Processes} processes
 * @param {string} folder the folder in which it is installed, which also gets its packages and npm's configuration
 */
export async function startRegistry(processes, folder) {
  const upstream = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
  const open = { access: "$all", publish: "$all", unpublish: "$all" };
  const config = {
    storage: join(folder, "storage"),
    uplinks: { upstream: { url: upstream, timeout: "60s", maxage: "60m" } },
    packages: { "@trading/*": open, "create-trading-app": open, "**": { access: "$all", proxy: "upstream" } },
    max_body_size: "100mb",
    log: { type: "stdout", format: "pretty", level: "warn" },
  };
  const file = join(folder, "config.yaml");
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  const port = await freePort();
  const registry = processes.start("npx", ["verdaccio", "--config", file, "--listen", `127.0.0.1:${port}`], {
    cwd: folder,
  });
  const url = `http://127.0.0.1:${port}/`;
  await processes.reachable(`${url}-/ping`, registry);
  const npmrc = join(folder, "npmrc");
  // npm wants a token for publishing, although this registry needs none.
  writeFileSync(npmrc, `registry=${url}\n//127.0.0.1:${port}/:_authToken=none\n`);
  return { env: { npm_config_userconfig: npmrc, npm_config_registry: url } };
}
