import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A budget of `.size-limit.json`.
 *
 * @typedef {object} Budget
 * @property {string} name the import, and what it is if the name needs an explanation: `@trading/ws-client: core`
 * @property {string} path
 * @property {string[]} [ignore] the packages that are not part of the size
 */

/**
 * The result of the size check for a budget.
 *
 * @typedef {object} Size
 * @property {string} name
 * @property {number} size in bytes
 * @property {number} sizeLimit in bytes
 */

const INTRODUCTION = `# Sizes

The sizes of each entry in the bundle of an application: minified, compressed with gzip, and with all modules that it imports. They were measured when
this page was built, by the check that fails above the budget (\`npm run check -- sizes\`).

| entry | size | budget | not included |
| --- | ---: | ---: | --- |
`;

/** Measures the budgets of the repository, as \`npm run check -- sizes\` does. @param {string} root */
export function sizesPage(root) {
  const budgets = /** @type {Budget[]} */ (JSON.parse(readFileSync(join(root, ".size-limit.json"), "utf8")));
  const program = join(root, "node_modules/.bin/size-limit");
  const output = execFileSync(program, ["--json"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return renderSizes(budgets, JSON.parse(output));
}

/** Returns the page. @param {readonly Budget[]} budgets @param {readonly Size[]} sizes */
export function renderSizes(budgets, sizes) {
  const measured = new Map(sizes.map((size) => [size.name, size]));
  const rows = budgets.map(({ name, ignore = [] }) => {
    const found = measured.get(name);
    if (found === undefined) throw new Error(`The size check has no result for "${name}".`);
    const [entry = "", ...about] = name.split(": ");
    const others = ignore.map((other) => (other === "node:*" ? "modules of Node.js" : `\`${other}\``));
    const cells = [
      [`\`${entry}\``, ...about].join(": "),
      kilobytes(found.size),
      kilobytes(found.sizeLimit),
      others.join(", "),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return `${INTRODUCTION}${rows.join("\n")}\n`;
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return bytes < 1_000 ? `${bytes} B` : `${(bytes / 1_000).toFixed(2)} kB`;
}
