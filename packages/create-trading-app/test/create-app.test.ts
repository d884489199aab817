import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeTemplates } from "../scripts/write-templates.mjs";
import { type Context, main } from "../src/main.js";
import { packageManagerOf } from "../src/package-manager.js";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "create-"));
const templates = join(folder, "templates");

beforeAll(() => writeTemplates(templates));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the program, and returns its exit code and its output. */
async function create(args: readonly string[], context: Partial<Context> = {}) {
  const lines: string[] = [];
  const print = (text: string) => void lines.push(text);
  const install = async () => 0;
  const code = await main(args, {
    out: print,
    err: print,
    templates,
    env: {},
    nodeVersion: "20.19.0",
    install,
    ...context,
  });
  return { code, output: lines.join("\n") };
}

const read = (...path: string[]) => readFileSync(join(...path), "utf8");

/** Returns the number of lines of an example's own code, without blank ones. */
function linesOf(name: string): number {
  const options = { cwd: join(repository, "examples", name), encoding: "utf8" } as const;
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], options);
  const files = listed.split("\n").filter((file) => /\.(tsx?|js|html)$/.test(file));
  expect(files.length).toBeGreaterThan(2);
  return files.flatMap((file) => read(options.cwd, file).split("\n")).filter((line) => line.trim() !== "").length;
}

test.each(["next", "script", "vite"])("the example %s has at most 150 lines", (name) => {
  expect(linesOf(name)).toBeLessThanOrEqual(150);
});

describe.each([
  ["vite", "src/chart.tsx"],
  ["next", "app/page.tsx"],
])("--template %s", (template, file) => {
  const app = join(folder, `My ${template} app`);

  test("writes the example with published versions and a name from the folder", async () => {
    const { code, output } = await create([app, "--template", template, "--no-install"]);
    expect([code, output]).toEqual([0, expect.stringMatching(/npm install\n {2}npm run dev/)]);
    const manifest = JSON.parse(read(app, "package.json"));
    const { version } = JSON.parse(read(repository, "packages/ws-client/package.json"));
    expect(manifest).toMatchObject({
      name: `my-${template}-app`,
      private: true,
      dependencies: { "@trading/topic": `^${version}`, "@trading/ws-client": `^${version}` },
      devDependencies: { "@trading/server": expect.stringMatching(/^\^\d/) },
    });
    expect(JSON.stringify(manifest)).not.toContain("workspace:");
    const source = read(repository, "examples", template, file).replace(/^ *\/\/ biome-ignore .*\n/gm, "");
    expect(read(app, file)).toBe(source);
    expect(read(app, ".gitignore")).toContain("node_modules\n");
    expect(read(app, "README.md")).toContain("```sh\nnpm install\nnpm run dev\n```");
    for (const left of ["node_modules", "dist", "_gitignore", ".next"]) expect(existsSync(join(app, left))).toBe(false);
  });

  test("changes nothing in a folder that is not empty", async () => {
    const { code, output } = await create([app, "--template", template]);
    expect([code, output]).toEqual([1, expect.stringContaining("is not empty")]);
  });
});

test("installs with the package manager that runs it", async () => {
  const calls: unknown[] = [];
  const app = join(folder, "installed");
  const install: Context["install"] = async (...call) => calls.push(call) && 0;
  const { code, output } = await create([app], {
    env: { npm_config_user_agent: "pnpm/10.0.0 npm/? node/v22.0.0" },
    install,
  });
  expect([code, calls]).toEqual([0, [["pnpm", app]]]);
  expect(output).toMatch(/ {2}cd .*installed\n {2}pnpm run dev/);
  expect(packageManagerOf("npmx/1")).toBe("npm");
});

test("a failed installation is an error that names what to do", async () => {
  const { code, output } = await create([join(folder, "failed")], { install: async () => 1 });
  expect(code).toBe(1);
  expect(output).toMatch(
    /npm install failed: see its output above\.[\s\S]*cd .*failed\n {2}npm install\n {2}npm run dev/,
  );
  const missing = await create([join(folder, "missing")], {
    install: async () => Promise.reject(new Error("spawn npm ENOENT")),
  });
  expect(missing).toEqual({ code: 1, output: expect.stringContaining("npm install failed: spawn npm ENOENT.") });
});

test("prints a folder with a space as a shell reads it", async () => {
  const { output } = await create([join(folder, "with space"), "--no-install"]);
  expect(output).toMatch(/^ {2}cd ".*with space"$/m);
});

test("options that npm has read as settings are an error with the command to type", async () => {
  const app = join(folder, "taken");
  const command = `npm create trading-app@latest ${app} -- `;
  for (const [args, env, option] of [
    // npm create trading-app my-app --template=next
    [[app], { npm_config_template: "next" }, "--template next"],
    // npm create trading-app my-app --template next
    [[app, "next"], { npm_config_template: "true" }, "--template next"],
    [[app], { npm_config_install: "" }, "--no-install"],
  ] as const) {
    expect(await create(args, { env })).toEqual({ code: 1, output: expect.stringContaining(command + option) });
  }
  expect(existsSync(app)).toBe(false);
});

test("a version of Node.js that is too old is an error before anything is written", async () => {
  const app = join(folder, "old");
  const message = expect.stringContaining("Node 20.18.3 is too old: install Node 20.19 or later.");
  expect(await create([app], { nodeVersion: "20.18.3" })).toEqual({ code: 1, output: message });
  expect(existsSync(app)).toBe(false);
});

test("an empty repository can be used, a file cannot", async () => {
  const app = join(folder, "cloned");
  mkdirSync(join(app, ".git"), { recursive: true });
  expect((await create([app])).code).toBe(0);
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(await create([file])).toEqual({ code: 1, output: expect.stringContaining("is a file") });
  const below = await create([join(file, "app")]);
  expect(below).toEqual({
    code: 1,
    output: expect.stringMatching(/cannot be written \(ENOTDIR.*choose another folder/),
  });
});

test.each([
  [[], "Missing <folder>: npm create trading-app@latest my-app"],
  [["a", "b"], 'Expected one folder, got "a", "b".'],
  [["a", "--template", "vue"], 'Invalid --template: expected vite or next, got "vue".'],
  [["a", "--tempalte", "vue"], "--tempalte"],
])("rejects %j", async (args, message) => {
  const { code, output } = await create(args);
  expect([code, output]).toEqual([1, expect.stringContaining(message)]);
  expect(output).toContain("--help");
});

test("--help shows the options", async () => {
  expect(await create(["--help"])).toEqual({ code: 0, output: expect.stringContaining("--template <name>") });
});
