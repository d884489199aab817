import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** The documents of the site. */
const DOCUMENTS =
  /^([A-Z]+\.md|docs\/(guides|decisions)\/.*\.md|(packages|apps|examples)\/[^/]+\/(README\.md|docs\/.*\.md)|(deploy|tooling\/(bench|costs))\/README\.md)$/;

/** Links of Markdown, and images of HTML. Blocks of code come first, so that nothing in them is a link. */
const LINKS = /```[\s\S]*?```|`[^`\n]*`|(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)|src="([^"]+)"/g;

/**
 * A document of the site.
 *
 * @typedef {object} Page
 * @property {string} path relative to the site, such as `docs/guides/vite.md`
 * @property {string} text its Markdown
 */

/**
 * Copies the documents into a folder, in which the links to other documents are links between pages. A link to another file of the
 * repository, which the site does not contain, becomes its text.
 *
 * @param {string} root the repository
 * @param {string} to the folder; replaced
 * @returns {{ pages: Page[], problems: string[] }} the pages, and the links that lead nowhere
 */
export function copyPages(root, to) {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
    cwd: root,
    encoding: "utf8",
  });
  const documents = new Set(listed.split("\n").filter((path) => DOCUMENTS.test(path) && existsSync(join(root, path))));
  /** @type {string[]} */
  const problems = [];
  rmSync(to, { recursive: true, force: true });
  const pages = [...documents].sort().map((path) => {
    const source = readFileSync(join(root, path), "utf8");
    const text = source.replace(LINKS, (all, image, label, link, src) => {
      const target = link ?? src;
      if (target === undefined || /^([a-z]+:|#)/.test(target)) return all;
      const [file = "", anchor] = target.split("#");
      const found = posix.join(posix.dirname(path), file);
      if (found.startsWith("..") || !existsSync(join(root, found))) {
        problems.push(`${path}: ${target}`);
        return all;
      }
      const readme = statSync(join(root, found)).isDirectory() ? posix.join(found, "README.md") : found;
      if (documents.has(readme)) return link === undefined ? all : `[${label}](${address(path, readme, anchor)})`;
      if (image !== "!" && src === undefined) return label;
      copyFile(join(root, found), join(to, found));
      return src === undefined ? all : `src="./${posix.relative(posix.dirname(path), found)}"`;
    });
    const page = { path: pagePath(path), text };
    mkdirSync(dirname(join(to, page.path)), { recursive: true });
    writeFileSync(join(to, page.path), text);
    return page;
  });
  return { pages, problems };
}

/** Returns the path of a document's page: a README is the index of its folder. @param {string} document */
function pagePath(document) {
  return document.replace(/README\.md$/, "index.md");
}

/** @param {string} from @param {string} to @param {string} [anchor] */
function address(from, to, anchor) {
  const path = posix.relative(posix.dirname(from), pagePath(to));
  return `${path.startsWith(".") ? path : `./${path}`}${anchor === undefined ? "" : `#${anchor}`}`;
}

/** @param {string} from @param {string} to */
function copyFile(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}
