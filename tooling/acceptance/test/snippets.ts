import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../../src/run.mjs";

/** A project like that of a user: it has the packages in its node_modules. */
export const project = fileURLToPath(new URL("..", import.meta.url));

/** A block of a page, as a file. */
export interface Snippet {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface Page {
  readonly name: string;
  readonly snippets: readonly Snippet[];
}

/** Their blocks need what is not here: a host page, generated files, accounts. Each has a test of its own beside its subject. */
const TESTED_ELSEWHERE = [
  "packages/codegen/README.md",
  ...["devtools", "react", "tradingview"].map((name) => `packages/ws-client/docs/${name}.md`),
];

/** The README files, and the pages in the packages' docs. */
const pages = [
  "README.md",
  ...readdirSync(join(root, "packages")).flatMap((name) => {
    const docs = `packages/${name}/docs`;
    const others = existsSync(join(root, docs)) ? readdirSync(join(root, docs)) : [];
    return [`packages/${name}/README.md`, ...others.map((file) => `${docs}/${file}`)];
  }),
].filter((page) => page.endsWith(".md") && !TESTED_ELSEWHERE.includes(page));

/**
 * Writes the pages' blocks into files.
 *
 * @param folder a name of its own for each test file, since they run side by side
 * @param port of the server that the pages call localhost:8000
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
