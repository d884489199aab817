// `npm run check -- workflows`: checks the workflows of .github, and those that the starters of the conformance suite contain, with actionlint,
// and their shell commands and .ci/run with ShellCheck. Only if named, because a fresh clone compiles actionlint, which takes 14 s of a processor.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pythonEnvironment } from "./src/python-environment.mjs";
import { root, run } from "./src/run.mjs";
import { findTool } from "./src/tools.mjs";

const ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/** Without its information, such as that functions whose name is an argument are never called. */
const SHELLCHECK = { SHELLCHECK_OPTS: "--severity=warning" };

/** The starters whose workflow is checked: those that set up a compiler, and one that does not. */
const STARTERS = ["csharp", "go", "java", "node", "python"];

const actionlint = await installActionlint();
const python = await pythonEnvironment(join(root, "tooling/src/workflows/requirements.txt"));
const shellcheck = python && join(dirname(python), "shellcheck");
const folder = mkdtempSync(join(tmpdir(), "workflows-"));
try {
  if (actionlint !== undefined) {
    const files = [...workflowsIn(root), ...(await writeStarters())];
    expect(await run(actionlint, [`-shellcheck=${shellcheck ?? ""}`, ...files], { env: SHELLCHECK }));
    console.log(`workflows: checked ${files.length} with actionlint`);
  }
  if (shellcheck !== undefined) {
    expect(await run(shellcheck, [".ci/run"], { env: SHELLCHECK }));
    console.log("workflows: checked .ci/run with ShellCheck");
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Compiles actionlint once. @returns {Promise<string | undefined>} its path, or undefined if it is not available */
async function installActionlint() {
  const go = findTool("go");
  if (go === undefined) {
    console.warn("workflows: not checked with actionlint, because Go is not installed");
    return undefined;
  }
  const bin = join(root, "node_modules/.cache", ACTIONLINT.split("/").at(-1) ?? "");
  mkdirSync(bin, { recursive: true });
  if ((await run(go, ["install", ACTIONLINT], { env: { GOBIN: bin }, quiet: true })) === 0)
    return join(bin, "actionlint");
  if (process.env.CI === "true") process.exitCode = 1;
  console.warn(`workflows: not checked with actionlint, because "go install ${ACTIONLINT}" failed`);
  return undefined;
}

async function writeStarters() {
  const program = join(root, "packages/topic-conformance/bin/topic-conformance.js");
  for (const name of STARTERS) {
    expect(await run(process.execPath, [program, "init", name, "--root", join(folder, name)], { quiet: true }));
  }
  return STARTERS.flatMap((name) => workflowsIn(join(folder, name)));
}

/** @param {string} at a repository */
function workflowsIn(at) {
  const path = join(at, ".github/workflows");
  return readdirSync(path).map((file) => join(path, file));
}

/** @param {number} status of a command */
function expect(status) {
  if (status !== 0) process.exitCode = 1;
}
