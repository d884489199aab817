import { spawnSync } from "node:child_process";

/** The external tools that tests use: the commands to look for, and the packages that contain them. */
const TOOLS = {
  python: { commands: ["python3"], install: "Python 3.9 or later (Debian: apt-get install python3)" },
  go: { commands: ["go"], install: "Go 1.21 or later (Debian: apt-get install golang-go)" },
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
  if (path === undefined && inCi) throw new Error(missing(tool));
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
  return tools.length === 0 || !inCi;
}

const inCi = process.env.CI === "true";

/** @param {Tool} tool */
function missing(tool) {
  const consequence = inCi ? "CI runs all tests" : "tests that need it are skipped";
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
