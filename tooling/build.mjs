// Builds every package and app, in order of dependence, through turbo's cache.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const quiet = process.argv.includes("--quiet");
const args = ["run", "build", `--output-logs=${quiet ? "errors-only" : "new-only"}`];
const { status, stdout } = spawnSync(join(root, "node_modules/.bin/turbo"), args, {
  cwd: root,
  encoding: "utf8",
  stdio: ["ignore", quiet ? "pipe" : "inherit", "inherit"],
  env: {
    ...process.env,
    PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}`,
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  },
});
if (quiet && status !== 0) process.stdout.write(stdout ?? "");
process.exit(status ?? 1);
