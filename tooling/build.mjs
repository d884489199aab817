// Builds every package and app in dependency order, with turbo's cache.
import { run, stopped } from "./src/run.mjs";

const quiet = process.argv.includes("--quiet");
const status = await run("turbo", ["run", "build", `--output-logs=${quiet ? "errors-only" : "new-only"}`], { quiet });
if (!stopped.aborted) process.exitCode = status;
