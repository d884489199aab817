// `npm run release:python`: builds the wheel and the sdist of trading-topic, and checks the types, the metadata, and that the wheel works
// after an installation without network access. Publishes nothing. `npm run release:python -- --publish` then uploads both to PyPI by
// twine, which reads its credentials from the environment (TWINE_USERNAME, TWINE_PASSWORD) or from a trusted publisher.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pythonEnvironment } from "./src/python-environment.mjs";
import { root, run } from "./src/run.mjs";

const PACKAGE = join(root, "packages/python");
const REQUIREMENTS = fileURLToPath(new URL("src/python-release/requirements.txt", import.meta.url));
const USE = "import trading_topic as t; print(t.build_topic('bars', {'symbol': 'AAPL', 'resolution': '1'}))";

const { values } = parseArgs({ options: { publish: { type: "boolean", default: false } } });
const python = await pythonEnvironment(REQUIREMENTS);
if (python === undefined) {
  console.error("release:python: needs Python 3.11 with venv, and a package index for build, twine and mypy.");
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "trading-topic-release-"));
try {
  const dist = join(folder, "dist");
  await step("types", python, ["-m", "mypy", "--strict", "--cache-dir", join(folder, "mypy"), "trading_topic"]);
  // The build backend is in the package and has no dependencies, so no environment has to be created for it.
  await step("build", python, ["-m", "build", "--no-isolation", "--outdir", dist, PACKAGE]);
  const files = readdirSync(dist).sort();
  assertFiles(files);
  const paths = files.map((file) => join(dist, file));
  await step("metadata", python, ["-m", "twine", "check", "--strict", ...paths]);
  const clean = join(folder, "clean");
  await step("environment", python, ["-m", "venv", clean]);
  const cleanPython = join(clean, "bin", "python");
  const wheel = /** @type {string} */ (paths.find((path) => path.endsWith(".whl")));
  await step("install", cleanPython, ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]);
  await step("use", cleanPython, ["-I", "-c", USE]);
  for (const path of paths) {
    console.log(`${createHash("sha256").update(readFileSync(path)).digest("hex")}  ${path.slice(dist.length + 1)}`);
  }
  if (values.publish) await step("publish", python, ["-m", "twine", "upload", "--non-interactive", ...paths]);
  else console.log("release:python: nothing is published. To publish, pass -- --publish");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Runs a command in the package. Its failure ends the release.
 *
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} args
 */
async function step(name, command, args) {
  console.log(`release:python: ${name}`);
  const code = await run(command, args, { cwd: PACKAGE, env: { PYTHONDONTWRITEBYTECODE: "1" } });
  if (code !== 0) throw new Error(`release:python: ${name} failed with exit code ${code}`);
}

/**
 * Checks that the files are those of the version in pyproject.toml.
 *
 * @param {readonly string[]} files
 */
function assertFiles(files) {
  const [, version] = /^version = "([^"]+)"$/m.exec(readFileSync(join(PACKAGE, "pyproject.toml"), "utf8")) ?? [];
  const expected = [`trading_topic-${version}-py3-none-any.whl`, `trading_topic-${version}.tar.gz`];
  if (files.join() === expected.join()) return;
  throw new Error(`release:python: expected ${expected.join(" and ")}, got ${files.join(", ")}`);
}
