// Builds every package and app, in order of dependence, through turbo's cache.
import { run, stopped } from "./src/run.mjs";

const quiet = process.argv.includes("--quiet");
const status = await run("turbo", ["run", "build", `--output-logs=${quiet ? "errors-only" : "new-only"}`], { quiet });
if (!stopped.aborted) process.exitCode = status;
