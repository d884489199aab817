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

export default defineConfig({
  plugins: [react(), compressedCopies],
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
