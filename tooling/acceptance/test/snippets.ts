import { spawnSync } from "node:child_process";
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
 * Guides whose blocks are parts of an app: they are type-checked and not run here. Each block is checked with the declarations of what the
 * guide leaves to the app, in the order of the blocks.
 */
const GUIDES: Readonly<Record<string, readonly string[]>> = {
  "docs/guides/coming-from.md": Array(5).fill(
    `declare function show(quote: import("@trading/topic").QuoteData): void;
     declare function draw(bar: import("@trading/topic").Bar): void;
     declare function getToken(): Promise<string>;
     declare function watch(symbols: readonly string[], onQuote: (quote: import("@trading/topic").QuoteData) => void): () => void;
     declare const symbol: string, resolution: import("@trading/topic").Resolution;`,
  ),
  "docs/guides/compact-updates.md": [],
  "docs/guides/next.md": [
    `import type { ReactNode } from "react";
     declare function Providers(props: { state: import("@trading/ws-client/ssr").DehydratedState; children: ReactNode }): ReactNode;
     declare function QuoteTable(props: { symbols: readonly string[] }): ReactNode;`,
  ],
  "docs/guides/testing.md": [],
  "docs/guides/vite.md": [],
};

/** A module that the guides import and that is not installed here. */
const MODULES = `declare module "@vitejs/plugin-react" {
  export default function react(): import("vite").Plugin;
}
`;

const TSC = join(root, "tooling/node_modules/typescript7/bin/tsc");

/**
 * Writes the code blocks of all pages to files.
 *
 * @param folder a unique name for each test file, because test files run in parallel
 * @param port replaces 8000 in the addresses of the pages
 */
export function writeSnippets(
  folder: string,
  port: number,
): { pages: readonly Page[]; guides: readonly Page[]; folder: string; remove(): void } {
  const path = join(project, `.snippets-${folder}/`);
  const remove = () => rmSync(path, { recursive: true, force: true });
  remove();
  mkdirSync(path);
  const snippetsOf = (page: string): Snippet[] => {
    const whole = readFileSync(join(root, page), "utf8");
    return [...whole.matchAll(/^```(tsx?)\n([\s\S]*?)^```$/gm)].map((match, index) => {
      const [, language, text] = match as unknown as [string, string, string];
      const file = join(path, `${page.replaceAll("/", "-")}-${index}.${language}`);
      const declarations = GUIDES[page]?.[index] ?? "";
      writeFileSync(file, `${text.replaceAll("localhost:8000", `127.0.0.1:${port}`)}\nexport {};\n${declarations}\n`);
      return { file, line: whole.slice(0, match.index).split("\n").length, text };
    });
  };
  writeFileSync(join(path, "modules.d.ts"), MODULES);
  const config = { extends: "../tsconfig.json", compilerOptions: { noUnusedLocals: false }, include: ["./*"] };
  writeFileSync(join(path, "tsconfig.json"), JSON.stringify(config));
  const read = (name: string) => ({ name, snippets: snippetsOf(name) });
  return { pages: pages.map(read), guides: Object.keys(GUIDES).map(read), folder: path, remove };
}

/** Type-checks the blocks that are written in a folder, and returns the errors. */
export function checkTypes(folder: string): string[] {
  // `npm run check` uses the same compiler, which takes a tenth of the time of the one with an API.
  const args = [TSC, "--singleThreaded", "--pretty", "false", "-p", folder];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", cwd: folder });
  return `${stdout}${stderr}`.split("\n").filter((line) => line !== "");
}
