// Builds every package and app in dependency order, with turbo's cache. Not the examples: `npm run examples` does.
import { run, stopped } from "./src/run.mjs";

const quiet = process.argv.includes("--quiet");
const status = await run(
  "turbo",
  ["run", "build", "--filter=!./examples/*", `--output-logs=${quiet ? "errors-only" : "new-only"}`],
  { quiet },
);
if (!stopped.aborted) process.exitCode = status;
