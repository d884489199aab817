import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SNIPPETS = "virtual:svelte-snippets";
const folder = fileURLToPath(new URL("../..", import.meta.url));
const PAGES = ["README.md", "docs/svelte.md"];

/** Returns the code blocks of a page. @param {string} page */
function blocksOf(page) {
  const text = readFileSync(folder + page, "utf8");
  return [...text.matchAll(/^```svelte\n([\s\S]*?)^```$/gm)].map(([, block = ""]) =>
    block.replaceAll(/"@trading\/ws-client(\/\w+)?"/g, (_, entry = "") => `"${folder}src${entry}/index.ts"`),
  );
}

/**
 * Compiles Svelte components, for the page or for a server, and the code blocks of the documents as components: the module
 * `virtual:svelte-snippets` has each with the text that it renders.
 *
 * @returns {import("vite").Plugin}
 */
export function svelteComponents() {
  return {
    name: "svelte components",
    enforce: "pre",
    // Only compiled components import these: found later, they would be bundled again, with a second copy of the state of Svelte.
    config: () => ({ optimizeDeps: { include: ["svelte/internal/client", "svelte/internal/flags/legacy"] } }),
    resolveId: (id) => (id === SNIPPETS ? `\0${SNIPPETS}` : /\.md\?\d+\.svelte$/.test(id) ? id : undefined),
    load(id) {
      const [, page = "", index] = /\/((?:docs\/)?\w+\.md)\?(\d+)\.svelte$/.exec(id) ?? [];
      if (index !== undefined) return blocksOf(page)[Number(index)];
      if (id !== `\0${SNIPPETS}`) return undefined;
      const blocks = PAGES.flatMap((page) => blocksOf(page).map((text, index) => ({ page, index, text })));
      const imports = blocks.map(({ page, index }, at) => `import C${at} from "${folder}${page}?${index}.svelte";`);
      const entries = blocks.map(({ page, index, text }, at) => {
        const [, shows = null] = /^<!-- → (.*) -->$/m.exec(text) ?? [];
        return `{ name: "${page} ${index}", shows: ${JSON.stringify(shows)}, Component: C${at} }`;
      });
      return `${imports.join("\n")}\nexport const snippets = [${entries.join(",\n")}];`;
    },
    async transform(code, id, options) {
      if (!id.endsWith(".svelte")) return undefined;
      const { compile } = await import("svelte/compiler");
      const generate = options?.ssr ? "server" : "client";
      const { js } = compile(code, { filename: id.split("?")[0] ?? id, generate, discloseVersion: false });
      return { code: js.code, map: /** @type {never} */ (js.map) };
    },
  };
}
