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

/** @throws Error where there is no page to serve */
export function assertBuilt(): void {
  if (existsSync(`${TERMINAL_DIST}/index.html`)) return;
  throw new Error(
    "apps/terminal/dist is missing: run `npm run build` at the root, or `npx vite build` in apps/terminal",
  );
}

/** The reference server as `npm start` wires it, on a port of its own; what it keeps is gone when it is closed. */
export async function startServer(
  env: Record<string, string> = {},
  port = 0,
): Promise<{ app: Pick<App, "close">; url: string; port: number }> {
  assertBuilt();
  const DATA_DIR = mkdtempSync(join(tmpdir(), "terminal-data-"));
  const { app } = await compose(parseEnv({ AUTH_MODE: "demo", DATA_DIR, ...env }), { logger: lineLogger("silent") });
  const taken = await app.listen(port, "127.0.0.1");
  const close = async () => {
    await app.close();
    await rm(DATA_DIR, { recursive: true, force: true });
  };
  return { app: { close }, port: taken, url: `http://127.0.0.1:${taken}/` };
}

/** The last prices of the watch list, from the top; empty until every symbol has one. */
export function lastPrices(page: Page): Promise<string[]> {
  return page.locator(".watch-row .last:not(.unknown)").allTextContents();
}
