import { fileURLToPath } from "node:url";
import { loadConfigFromFile } from "vite";
import { afterEach, expect, test, vi } from "vitest";

const file = fileURLToPath(new URL("../vite.config.ts", import.meta.url));
afterEach(() => vi.unstubAllEnvs());

/** Loads the dev server's options with environment variables. */
async function serverOf(env: Record<string, string | undefined>) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const loaded = await loadConfigFromFile({ command: "serve", mode: "development" }, file);
  return loaded?.config.server;
}

test("uses PORT for the reference server and TERMINAL_PORT for its own, and fails if that is taken", async () => {
  expect(await serverOf({ PORT: "9123", TERMINAL_PORT: "9124" })).toMatchObject({
    port: 9124,
    strictPort: true,
    proxy: { "/api": { target: "http://localhost:9123", ws: true } },
  });
});

test("uses the README's ports by default", async () => {
  expect(await serverOf({ PORT: undefined, TERMINAL_PORT: undefined })).toMatchObject({
    port: 5173,
    proxy: { "/api": { target: "http://localhost:8000" } },
  });
});
