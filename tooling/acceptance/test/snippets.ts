import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../../src/run.mjs";

/** A project like that of a user, with the packages in its node_modules. */
export const project = fileURLToPath(new URL("..", import.meta.url));

/** A code block of a page, as a file. */
export interface Snippet {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface Page {
  readonly name: string;
  readonly snippets: readonly Snippet[];
}

/** Pages whose blocks need a host page, generated files or accounts. They are tested in their own packages. */
const TESTED_ELSEWHERE = [
  "packages/codegen/README.md",
  ...["devtools", "react", "tradingview"].map((name) => `packages/ws-client/docs/${name}.md`),
];

/** The README files, and the pages in the packages' docs folders. */
const pages = [
  "README.md",
  ...readdirSync(join(root, "packages")).flatMap((name) => {
    const docs = `packages/${name}/docs`;
    const others = existsSync(join(root, docs)) ? readdirSync(join(root, docs)) : [];
    return [`packages/${name}/README.md`, ...others.map((file) => `${docs}/${file}`)];
  }),
].filter((page) => page.endsWith(".md") && !TESTED_ELSEWHERE.includes(page));

/**
 * Writes the code blocks of all pages to files.
 *
 * @param folder a unique name for each test file, because test files run in parallel
 * @param port replaces 8000 in the addresses of the pages
 */
export function writeSnippets(
  folder: string,
  port: number,
): { pages: readonly Page[]; folder: string; remove(): void } {
  const path = join(project, `.snippets-${folder}/`);
  const remove = () => rmSync(path, { recursive: true, force: true });
  remove();
  mkdirSync(path);
  const snippetsOf = (page: string): Snippet[] => {
    const whole = readFileSync(join(root, page), "utf8");
    return [...whole.matchAll(/^```(tsx?)\n([\s\S]*?)^```$/gm)].map((match, index) => {
      const [, language, text] = match as unknown as [string, string, string];
      const file = join(path, `${page.replaceAll("/", "-")}-${index}.${language}`);
      writeFileSync(file, `${text.replaceAll("localhost:8000", `127.0.0.1:${port}`)}\nexport {};\n`);
      return { file, line: whole.slice(0, match.index).split("\n").length, text };
    });
  };
  return { pages: pages.map((name) => ({ name, snippets: snippetsOf(name) })), folder: path, remove };
}
