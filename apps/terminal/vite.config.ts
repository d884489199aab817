import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // Workspace packages come from their sources: a change in the SDK shows without a build of it.
  resolve: { conditions: ["@trading/source", ...defaultClientConditions] },
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  // `vite` serves the page alone; the data comes from the reference server that `npm start` runs.
  server: { proxy: { "/api": { target: "http://localhost:8000", ws: true } } },
});
