import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    main: "src/main.ts",
    "async-api": "src/documents/async-api.ts",
    "open-api": "src/documents/open-api.ts",
  },
  format: "esm",
  target: "node20",
  platform: "node",
  outDir: "dist",
  sourcemap: true,
  // Loaded if it is installed and configured.
  external: [/^@opentelemetry\//],
  clean: true,
  silent: true,
});
