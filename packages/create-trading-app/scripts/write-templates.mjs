// Writes the templates from the repository's examples when the package is built, so that both are one source.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../..", import.meta.url));

/** The examples that are templates. */
const EXAMPLES = ["vite", "next"];

/** Installed and generated files of an example. */
const GENERATED = new Set(["node_modules", "dist", "data", ".next", ".turbo", "next-env.d.ts", "tsconfig.tsbuildinfo"]);

const GITIGNORE = `${[...GENERATED].filter((name) => name !== ".turbo").join("\n")}\n`;

/** Writes all templates into a folder, and replaces what is there. @param {string} to */
export function writeTemplates(to) {
  rmSync(to, { recursive: true, force: true });
  for (const name of EXAMPLES) writeTemplate(join(repository, "examples", name), join(to, name));
}

/** @param {string} example @param {string} to */
function writeTemplate(example, to) {
  mkdirSync(to, { recursive: true });
  cpSync(example, to, { recursive: true, filter: (path) => !GENERATED.has(basename(path)) });
  change(join(to, "package.json"), withVersions);
  change(join(to, "README.md"), (text) =>
    text
      .replace(/<!-- repository -->[\s\S]*?<!-- end -->\n\n?/g, "")
      .replace("As a new project:", "Start it:")
      .replace(/^npm create .*\ncd my-app && npm run dev$/m, "npm install\nnpm run dev"),
  );
  for (const file of readdirSync(to, { recursive: true, encoding: "utf8" })) {
    // The app does not have the repository's linter.
    if (/\.tsx?$/.test(file)) change(join(to, file), (text) => text.replace(/^ *\/\/ biome-ignore .*\n/gm, ""));
  }
  // npm does not publish a file with the name .gitignore.
  writeFileSync(join(to, "_gitignore"), GITIGNORE);
}

/** Replaces the versions of the workspace by those that are published. @param {string} text */
function withVersions(text) {
  return text.replace(/"(@trading\/[a-z-]+)": "workspace:\*"/g, (_, name) => {
    const folder = name === "@trading/server" ? "apps/server" : `packages/${name.slice("@trading/".length)}`;
    const { version } = JSON.parse(readFileSync(join(repository, folder, "package.json"), "utf8"));
    return `"${name}": "^${version}"`;
  });
}

/** @param {string} file @param {(text: string) => string} edit */
function change(file, edit) {
  writeFileSync(file, edit(readFileSync(file, "utf8")));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeTemplates(fileURLToPath(new URL("../templates", import.meta.url)));
}
