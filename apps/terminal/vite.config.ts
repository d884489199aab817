import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const { PORT = 8000, TERMINAL_PORT = 5173 } = process.env;

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

/** Puts the style sheet into the page, which saves a request before the first paint. */
const inlineStyles: Plugin = {
  name: "inline-styles",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_options, bundle) {
      const page = bundle["index.html"];
      if (page?.type !== "asset") this.error("The build has no index.html.");
      page.source = String(page.source).replace(/<link rel="stylesheet"[^>]*href="\/([^"]+)"[^>]*>/g, (_link, name) => {
        const sheet = bundle[name];
        if (sheet?.type !== "asset") this.error(`The build has no style sheet "${name}", which index.html names.`);
        delete bundle[name];
        return `<style>${sheet.source}</style>`;
      });
    },
  },
};

export default defineConfig({
  plugins: [react(), inlineStyles, compressedCopies],
  // Workspace packages come from their sources: a change in the SDK shows without a build of it.
  resolve: { conditions: ["@trading/source", ...defaultClientConditions] },
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  // `vite` serves the page alone; the data comes from the reference server that `npm start` runs, on the same PORT.
  server: {
    port: Number(TERMINAL_PORT),
    strictPort: true,
    proxy: { "/api": { target: `http://localhost:${PORT}`, ws: true } },
  },
});
