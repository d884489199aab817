import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { executablePath, useChromium, useServer } from "./chromium.js";
import { expectRows, TerminalPage } from "./terminal-page.js";

describe.skipIf(executablePath === undefined)("the terminal, from Vite's server", () => {
  const browser = useChromium();
  const server = useServer();

  test("reaches the reference server through Vite's proxy", async () => {
    vi.stubEnv("PORT", new URL(server.url).port);
    onTestFinished(() => void vi.unstubAllEnvs());
    const cacheDir = mkdtempSync(join(tmpdir(), "terminal-vite-"));
    onTestFinished(() => rm(cacheDir, { recursive: true, force: true }));
    const root = fileURLToPath(new URL("..", import.meta.url));
    const vite = await createServer({ root, cacheDir, logLevel: "error", server: { port: 0, strictPort: false } });
    onTestFinished(() => vite.close());
    await vite.listen();
    const page = await browser.open(`${vite.resolvedUrls?.local[0]}?account=DEV`);
    const terminal = await new TerminalPage(page).ready();
    await terminal.place({ quantity: 2 });
    await expectRows(await terminal.rows("Positions"), /^AAPL Long 2 /);
    const requested = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    const hosts = requested.filter((url) => url.includes("/api/")).map((url) => new URL(url).host);
    expect(new Set(hosts)).toEqual(new Set([new URL(page.url()).host]));
  });
});
