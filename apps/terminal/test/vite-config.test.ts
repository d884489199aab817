import { fileURLToPath } from "node:url";
import { loadConfigFromFile } from "vite";
import { afterEach, expect, test, vi } from "vitest";

const file = fileURLToPath(new URL("../vite.config.ts", import.meta.url));
afterEach(() => vi.unstubAllEnvs());

/** What the dev server does, given these variables. */
async function serverOf(env: Record<string, string | undefined>) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const loaded = await loadConfigFromFile({ command: "serve", mode: "development" }, file);
  return loaded?.config.server;
}

test("the dev server finds the reference server where PORT puts it, and takes its own port or none", async () => {
  expect(await serverOf({ PORT: "9123", TERMINAL_PORT: "9124" })).toMatchObject({
    port: 9124,
    strictPort: true,
    proxy: { "/api": { target: "http://localhost:9123", ws: true } },
  });
});

test("without variables the ports are those of the README", async () => {
  expect(await serverOf({ PORT: undefined, TERMINAL_PORT: undefined })).toMatchObject({
    port: 5173,
    proxy: { "/api": { target: "http://localhost:8000" } },
  });
});
