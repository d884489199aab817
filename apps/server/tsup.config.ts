import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/main.ts", "src/async-api.ts", "src/open-api.ts"],
  format: "esm",
  target: "node20",
  platform: "node",
  outDir: "dist",
  sourcemap: true,
  clean: true,
  silent: true,
});
