import { existsSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lineLogger } from "@trading/ws-server";
import type { Page } from "playwright";
import type { App } from "../../server/src/app.js";
import { compose } from "../../server/src/compose.js";
import { parseEnv } from "../../server/src/config/env.js";
import { TERMINAL_DIST } from "../../server/src/page.js";

/** @throws Error if the terminal is not built */
export function assertBuilt(): void {
  if (existsSync(`${TERMINAL_DIST}/index.html`)) return;
  throw new Error(
    "apps/terminal/dist is missing: run `npm run build` at the root, or `npx vite build` in apps/terminal",
  );
}

/** Starts the reference server as `npm start` does, on a free port. Its data is deleted when it is closed. */
export async function startServer(
  env: Record<string, string> = {},
  port = 0,
): Promise<{ app: Pick<App, "close">; url: string; port: number }> {
  assertBuilt();
  const DATA_DIR = mkdtempSync(join(tmpdir(), "terminal-data-"));
  const { app } = await compose(parseEnv({ AUTH_MODE: "demo", DATA_DIR, ...env }), { logger: lineLogger("silent") });
  const actualPort = await app.listen(port, "127.0.0.1");
  const close = async () => {
    await app.close();
    await rm(DATA_DIR, { recursive: true, force: true });
  };
  return { app: { close }, port: actualPort, url: `http://127.0.0.1:${actualPort}/` };
}

/** Returns the last prices in the watchlist, without symbols that have none. */
export function lastPrices(page: Page): Promise<string[]> {
  return page.locator(".watch-row .last:not(.unknown)").allTextContents();
}
