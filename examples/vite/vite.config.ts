import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The page requests its own origin, and Vite passes the API and the WebSocket on: no CORS, and the same addresses as in production.
const target = process.env.SERVER_URL ?? `http://localhost:${process.env.PORT ?? 8000}`;
const proxy = { "/api": { target, ws: true } };

export default defineConfig({
  plugins: [react()],
  server: { proxy },
  preview: { proxy },
});
