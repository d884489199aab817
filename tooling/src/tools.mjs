import { spawnSync } from "node:child_process";

/** What a suite may need beyond Node: the commands that are tried, and what to install where none is found. */
const TOOLS = {
  python: { commands: ["python3"], install: "Python 3.9 or later (Debian: apt-get install python3)" },
  go: { commands: ["go"], install: "Go 1.21 or later (Debian: apt-get install golang-go)" },
  chromium: {
    commands: ["chromium", "chromium-browser", "google-chrome"],
    install: "Chromium (Debian: apt-get install chromium)",
  },
};

/** @typedef {keyof typeof TOOLS} Tool */

/**
 * The path of an external tool, or undefined where it is missing. A missing tool is said once, with what to install;
 * with `CI=true` it is an error, because a suite that skips itself in CI guards nothing.
 *
 * @param {Tool} tool
 * @returns {string | undefined}
 */
export function findTool(tool) {
  const { commands, install } = TOOLS[tool];
  for (const command of commands) {
    const found = spawnSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" });
    if (found.status === 0) return found.stdout.trim();
  }
  const message = `${tool} is not installed: its suites are skipped. Install ${install}.`;
  if (process.env.CI === "true") throw new Error(message);
  if (!said.has(tool)) console.warn(message);
  said.add(tool);
  return undefined;
}

const said = new Set();
