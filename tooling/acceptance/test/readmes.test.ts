import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import ts from "typescript";
import { afterAll, describe, expect, test, vi } from "vitest";
import { startServer } from "../../../apps/terminal/test/helpers.js";
import { root } from "../../src/run.mjs";

/** A project like that of a user: it has the packages in its node_modules. */
const project = fileURLToPath(new URL("..", import.meta.url));
process.chdir(project);

/** Where a README's blocks become files. */
const folder = join(project, ".snippets/");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);

/** What the READMEs call localhost:8000. */
const server = await startServer();

afterAll(async () => {
  await server.app.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Snippet {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

function snippetsOf(readme: string): Snippet[] {
  const page = readFileSync(join(root, readme), "utf8");
  return [...page.matchAll(/^```(tsx?)\n([\s\S]*?)^```$/gm)].map((match, index) => {
    const [, language, text] = match as unknown as [string, string, string];
    const file = join(folder, `${readme.replaceAll("/", "-")}-${index}.${language}`);
    writeFileSync(file, `${text.replaceAll("localhost:8000", `127.0.0.1:${server.port}`)}\nexport {};\n`);
    return { file, line: page.slice(0, match.index).split("\n").length, text };
  });
}

const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}/README.md`);
const readmes = ["README.md", ...packages].map((readme) => [readme, snippetsOf(readme)] as const);

/** What a snippet says that it prints: the comment behind a console.log. */
function promised(text: string): string[] {
  return [...text.matchAll(/console\.log\(.*\);\s*\/\/ (.*)$/gm)].map(([, line]) => line as string);
}

describe.each(readmes)("%s", (_, snippets) => {
  test.each(snippets.filter(({ file }) => file.endsWith(".ts")))(
    "the block at line $line prints what it says",
    async ({ file, text }) => {
      const printed: string[] = [];
      const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
        printed.push(values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" "));
      });
      try {
        await import(/* @vite-ignore */ file);
      } finally {
        log.mockRestore();
      }
      const lines = promised(text);
      expect(printed).toEqual(expect.arrayContaining(lines));
    },
  );
});

test("every block has the types it seems to have", () => {
  const config = ts.readConfigFile(join(project, "tsconfig.json"), ts.sys.readFile).config;
  const base = ts.parseJsonConfigFileContent(config, ts.sys, project);
  const files = readmes.flatMap(([, snippets]) => snippets.map(({ file }) => file));
  const program = ts.createProgram(files, { ...base.options, noUnusedLocals: false });
  const problems = ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file?.fileName.startsWith(folder))
    .map(({ file, start = 0, messageText }) => {
      const line = file?.text.slice(0, start).split("\n").length;
      return `${file?.fileName.slice(folder.length)}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  expect(files.length).toBeGreaterThan(5);
  expect(problems).toEqual([]);
});
