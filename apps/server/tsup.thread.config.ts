import { defineConfig } from "tsup";

// The monitoring thread is one file with the few functions that it uses of the engine: all of it would take 20 MB more.
export default defineConfig({
  entry: { "monitoring-thread": "src/monitoring/monitoring-thread.ts" },
  format: "esm",
  target: "node20",
  platform: "node",
  outDir: "dist",
  sourcemap: true,
  noExternal: [/^@trading\//],
  treeshake: true,
  silent: true,
});
