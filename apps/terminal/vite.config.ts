import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

const { PORT = 8000, TERMINAL_PORT = 5173 } = process.env;

export default defineConfig({
  plugins: [react()],
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
