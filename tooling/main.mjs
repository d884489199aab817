// The commands of the root package.json. `node tooling/main.mjs <command>` installs and builds what is missing, then runs
// the command's script in this process. It uses nothing but Node until the dependencies are installed.
import { setUp } from "./src/set-up.mjs";

/** The script of each command, relative to this file, and what it needs. */
const COMMANDS = {
  setup: { needs: process.argv.includes("--build") ? "build" : "install" },
  build: { needs: "install", script: "./build.mjs" },
  start: { needs: "build", script: "./start.mjs" },
  dev: { needs: "build", script: "./dev.mjs" },
  cluster: { needs: "build", script: "./cluster.mjs" },
  test: { needs: "build", script: "./test.mjs" },
  check: { needs: "build", script: "./check.mjs" },
  bench: { needs: "build", script: "./bench/src/main.mjs" },
  costs: { needs: "build", script: "./costs/src/main.mjs" },
  conformance: { needs: "build", script: "../packages/topic-conformance/bin/topic-conformance.js" },
  lighthouse: { needs: "build", script: "./lighthouse.mjs" },
  screenshots: { needs: "build", script: "./screenshots.mjs" },
  rehearse: { needs: "build", script: "./rehearse.mjs" },
  examples: { needs: "build", script: "./examples.mjs" },
  site: { needs: "build", script: "./site.mjs" },
  "release:python": { needs: "install", script: "./release-python.mjs" },
  api: { needs: "build", script: "./api-reports.mjs" },
  generate: { needs: "build", script: "./generate.mjs" },
  gen: { needs: "build", script: "./gen.mjs" },
};

// The scripts find their own arguments where they expect them.
const [name = ""] = process.argv.splice(2, 1);
const command = /** @type {Record<string, { needs: string, script?: string } | undefined>} */ (COMMANDS)[name];
if (command === undefined) {
  console.error(`Unknown command "${name}". Commands: ${Object.keys(COMMANDS).join(", ")}.`);
  process.exit(1);
}
await setUp({ build: command.needs === "build" });
if (command.script !== undefined) await import(command.script);
