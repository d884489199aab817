import { spawnSync } from "node:child_process";

/**
 * The external tools that tests use: the commands to look for, and the packages that contain them. A tool that is not in
 * every distribution can be `optional`: its tests are then skipped in CI too.
 *
 * @type {Record<"python" | "go" | "rust" | "java" | "cpp" | "mono" | "curl" | "chromium" | "postgres" | "pgbouncer" | "redis" | "nginx" | "haproxy" | "caddy" | "helm" | "kubectl" | "promtool", { commands: string[], install: string, optional?: true }>}
 */
const TOOLS = {
  python: { commands: ["python3"], install: "Python 3.9 or later (Debian: apt-get install python3)" },
  go: { commands: ["go"], install: "Go 1.21 or later (Debian: apt-get install golang-go)" },
  rust: { commands: ["rustc"], install: "Rust 1.70 or later (Debian: apt-get install rustc)", optional: true },
  java: {
    commands: ["javac"],
    install: "a JDK, version 17 or later (Debian: apt-get install default-jdk-headless)",
    optional: true,
  },
  cpp: { commands: ["g++"], install: "GCC 11 or later (Debian: apt-get install g++)", optional: true },
  mono: {
    commands: ["mcs"],
    install: "Mono (Debian: apt-get install --no-install-recommends mono-mcs libmono-system-numerics4.0-cil)",
    optional: true,
  },
  curl: { commands: ["curl"], install: "curl (Debian: apt-get install curl)" },
  chromium: {
    commands: ["chromium", "chromium-browser", "google-chrome"],
    install: "Chromium (Debian: apt-get install chromium)",
  },
  postgres: {
    // Debian installs the server in a folder per version, outside of PATH.
    commands: ["postgres", "/usr/lib/postgresql/*/bin/postgres"],
    install: "PostgreSQL 13 or later (Debian: apt-get install postgresql)",
  },
  pgbouncer: {
    // Debian installs it outside of other users' PATH.
    commands: ["pgbouncer", "/usr/sbin/pgbouncer"],
    install: "PgBouncer 1.12 or later (Debian: apt-get install pgbouncer)",
    optional: true,
  },
  redis: { commands: ["redis-server"], install: "Redis 6.2 or later (Debian: apt-get install redis-server)" },
  nginx: {
    commands: ["nginx", "/usr/sbin/nginx"],
    install: "nginx (Debian: apt-get install nginx-light)",
  },
  haproxy: {
    commands: ["haproxy", "/usr/sbin/haproxy"],
    install: "HAProxy 2.2 or later (Debian: apt-get install haproxy)",
    optional: true,
  },
  caddy: { commands: ["caddy"], install: "Caddy 2.6 or later (Debian: apt-get install caddy)", optional: true },
  promtool: {
    commands: ["promtool"],
    install: "promtool (Debian: apt-get install --no-install-recommends prometheus)",
    optional: true,
  },
  kubectl: {
    commands: ["kubectl"],
    install: "kubectl 1.27 or later (https://kubernetes.io/docs/tasks/tools/)",
    optional: true,
  },
  helm: { commands: ["helm"], install: "Helm 3 (https://helm.sh/docs/intro/install)", optional: true },
};

/** @typedef {keyof typeof TOOLS} Tool */

/** The arguments with which tests launch Chromium: they let it run in containers, and turn off its background requests. */
export const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @type {Map<Tool, string | undefined>} */
const found = new Map();

/**
 * Returns the path of an external tool, or undefined if it is missing; tests that need it are skipped then.
 *
 * @throws {Error} with `CI=true` if it is missing, because a test that is skipped in CI detects nothing
 *
 * @param {Tool} tool
 * @returns {string | undefined}
 */
export function findTool(tool) {
  if (!found.has(tool)) found.set(tool, locate(tool));
  const path = found.get(tool);
  if (path === undefined && isRequired(tool)) throw new Error(missing(tool));
  return path;
}

/**
 * Prints which tools are missing and what to install.
 *
 * @returns {boolean} whether the tests can run; with `CI=true` they need every tool
 */
export function printMissingTools() {
  const tools = /** @type {Tool[]} */ (Object.keys(TOOLS)).filter((tool) => locate(tool) === undefined);
  for (const tool of tools) console.warn(missing(tool));
  return !tools.some(isRequired);
}

const inCi = process.env.CI === "true";

/** @param {Tool} tool */
function isRequired(tool) {
  return inCi && !TOOLS[tool].optional;
}

/** @param {Tool} tool */
function missing(tool) {
  const consequence = isRequired(tool) ? "CI runs all tests" : "tests that need it are skipped";
  return `${tool} is not installed: ${consequence}. Install ${TOOLS[tool].install}.`;
}

/** @param {Tool} tool */
function locate(tool) {
  for (const command of TOOLS[tool].commands) {
    const which = spawnSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" });
    if (which.status === 0) return which.stdout.split("\n")[0];
  }
  return undefined;
}
