import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { findTool } from "../../../tooling/src/tools.mjs";
import { bundle } from "./support/bundle.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const TOOLS = { Node: undefined, Python: "python", Go: "go" } as const;

let cli = "";
let bundled = "";
beforeAll(async () => {
  ({ file: cli, folder: bundled } = await bundle("src/cli.ts"));
});
afterAll(() => rmSync(bundled, { recursive: true }));

/** Returns the commands of a language in the section "In a minute". */
function commandsOf(language: string): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, section = ""] = readme.split("\n## In a minute\n");
  const commands = new RegExp(`\\n${language}:\\n\\n\`\`\`sh\\n([^]*?)\`\`\``).exec(section)?.[1];
  if (commands === undefined) throw new Error(`README.md has no commands for ${language}`);
  return commands;
}

test.for(Object.entries(TOOLS))(
  "the commands for %s lead from an empty folder to a verdict",
  async ([language, tool], { skip }) => {
    if (tool !== undefined && !findTool(tool)) skip(`${tool} is not installed`);
    const folder = mkdtempSync(join(tmpdir(), "topic-minute-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    // Stands for `npm install`. The acceptance tests install the packed packages.
    mkdirSync(join(folder, "node_modules/@trading"), { recursive: true });
    symlinkSync(root, join(folder, "node_modules/@trading/topic-conformance"));
    const script = commandsOf(language)
      .replace(/^npm install .*\n/, "")
      // A part of the vectors is enough for the commands, and a busy machine needs more time.
      .replace(
        "npx @trading/topic-conformance run",
        '"$NODE" "$CLI" run --timeout-ms 60000 --filter "theme:contract-table"',
      );
    const env = { ...process.env, NODE: process.execPath, CLI: cli, PYTHONDONTWRITEBYTECODE: "1", NO_COLOR: "1" };
    const child = spawn("sh", ["-euc", script], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const [code] = await once(child, "close");
    expect(output).toMatch(/passed, 0 failed, \d+ unsupported: conforms/);
    expect(code, output).toBe(0);
  },
);

test("the action runs the command with options that exist", async () => {
  const action = readFileSync(join(root, "action.yml"), "utf8");
  const help = spawn(process.execPath, [cli, "run", "--help"], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  help.stdout.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  await once(help, "close");
  const options = [...action.matchAll(/--report-[a-z]+/g)].map(([option]) => option);
  expect(options).toHaveLength(4);
  for (const option of options) expect(text).toContain(option);
});
