import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const { PORT = 8000, TERMINAL_PORT = 5173 } = process.env;

/** Two chunks for the first view. By default each set of modules that a lazy chunk shares with it is a small file, and a request. */
const CHUNKS = [
  { name: "start", tags: ["$initial" as const], priority: 1 },
  { name: "components", test: /src[\\/](render\.tsx|chart[\\/]handle-places\.ts)$/ },
];

/** Adds compressed copies of all files, which the server sends instead of compressing on each request. */
const compressedCopies: Plugin = {
  name: "compressed-copies",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_options, bundle) {
      for (const file of Object.values(bundle)) {
        const content = file.type === "chunk" ? file.code : file.source;
        this.emitFile({ type: "asset", fileName: `${file.fileName}.br`, source: brotliCompressSync(content) });
        this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: gzipSync(content) });
      }
    },
  },
};

/**
 * Loads the components at the same time as the script that requests the first data, instead of after it. With a low priority: what
 * the script requests comes first.
 */
const preloadComponents: Plugin = {
  name: "preload-components",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle = {} }) {
      const names = new Set<string>();
      const add = (name: string) => {
        const file = bundle[name];
        // The page has the files that it does not load lazily.
        if (names.has(name) || file?.type !== "chunk" || html.includes(name)) return;
        names.add(name);
        file.imports.forEach(add);
      };
      const files = Object.values(bundle);
      files
        .filter((file) => file.type === "chunk" && file.moduleIds.some((id) => id.endsWith("/src/render.tsx")))
        .map(({ fileName }) => fileName)
        .forEach(add);
      if (names.size === 0) throw new Error("The build has no chunk of src/render.tsx, which index.html preloads.");
      return Array.from(names, (name) => {
        const attrs = { rel: "modulepreload", crossorigin: true, fetchpriority: "low", href: `/${name}` };
        return { tag: "link", attrs, injectTo: "head" };
      });
    },
  },
};

export default defineConfig({
  plugins: [react(), preloadComponents, compressedCopies],
  // Workspace packages come from their sources: a change in the SDK shows without a build of it.
  resolve: { conditions: ["@trading/source", ...defaultClientConditions] },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { output: { codeSplitting: { groups: CHUNKS } } },
  },
  // `vite` serves the page alone; the data comes from the reference server that `npm start` runs, on the same PORT.
  server: {
    port: Number(TERMINAL_PORT),
    strictPort: true,
    proxy: { "/api": { target: `http://localhost:${PORT}`, ws: true } },
  },
});
