import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "@trading/tooling/command";
import { hasRedis } from "@trading/tooling/redis";
import type { Page } from "playwright";
import { describe, expect, onTestFinished, test } from "vitest";
import { waitForCandles } from "./chart.js";
import { executablePath, useChromium } from "./chromium.js";
import { eventually } from "./eventually.js";
import { expectRows, TerminalPage } from "./terminal-page.js";

describe.skipIf(executablePath === undefined)("the terminal on several servers", () => {
  const browser = useChromium();

  /** Starts a command of the repository on free ports, with an empty folder of data. */
  function start(name: string, env: Record<string, string> = {}): Command {
    const DATA_DIR = mkdtempSync(join(tmpdir(), "several-servers-"));
    const command = new Command(name, { PORT: "0", DATA_DIR, ...env });
    onTestFinished(async () => {
      await command.stop();
      rmSync(DATA_DIR, { recursive: true });
    });
    return command;
  }

  /** Opens a page in a separate browser context. Requests may fail while a server is being replaced. */
  async function open(url: string): Promise<TerminalPage> {
    const page = await browser.open(url, { losesServer: true, expectedStatuses: [503] });
    const terminal = await new TerminalPage(page).ready();
    await waitForCandles(page);
    return terminal;
  }

  test.skipIf(!hasRedis)(
    "npm run cluster shows the same prices and orders on two servers, and both pages recover when the owner is killed",
    async () => {
      const cluster = start("cluster");
      const addresses = [];
      for (const number of [1, 2]) {
        const pattern = new RegExp(`^server ${number} {3}(http\\S+) {3}kill -9 (\\d+)$`);
        const [url, pid] = (await cluster.line(pattern)) as [string, string];
        addresses.push({ number, url, pid });
      }
      const [holder] = (await cluster.line(/ one is a standby {2}holder="\S+ pid (\d+) /)) as [string];
      // The first page starts the topics, so the server that has the accounts owns the prices too.
      const [owner, other] = addresses.sort((left) => (left.pid === holder ? -1 : 1)) as [Address, Address];
      const lost = await open(owner.url);
      const kept = await open(other.url);
      const pages = [lost, kept];
      await showSamePrices(pages);

      await lost.place({ quantity: 3 });
      for (const page of pages) await expectRows(await page.rows("Positions"), /^AAPL Long 3 /);
      await kept.place({ type: "Limit", quantity: 5, limitPrice: 1 });
      const orders = [/^AAPL Buy Limit 0 \/ 5 1\.00 .*Working /, /^AAPL Buy Market 3 \/ 3 .*Filled /];
      for (const page of pages) await expectRows(await page.rows("Orders"), ...orders);

      const before = cluster.lines.length;
      const reconnected = lost.page.getByText(/^Reconnected after [\d.]+ s/).waitFor();
      // Both wait from before the kill, because they can be over soon.
      const stale = lost.page.locator(".workspace.stale").waitFor();
      process.kill(Number(owner.pid), "SIGKILL");
      await stale;
      await cluster.line(new RegExp(`^server ${other.number} .*This server runs the broker`), before);
      await showNewPrices(kept);
      await reconnected;
      await lost.page.locator(".workspace:not(.stale)").waitFor();
      await showSamePrices(pages);
      for (const page of pages) {
        await expectRows(await page.rows("Orders"), ...orders);
        await expectRows(await page.rows("Positions"), /^AAPL Long 3 /);
      }

      await lost.place({ type: "Market", quantity: 1 });
      for (const page of pages) await expectRows(await page.rows("Positions"), /^AAPL Long 4 /);
      expect(await cluster.stop()).toBe(0);
    },
  );

  test("WORKERS=2 npm start goes on trading when either worker is killed", async () => {
    const server = start("start", { WORKERS: "2" });
    const pids = new Map<number, number>();
    for (const number of [1, 2]) {
      const [pid] = await server.line(new RegExp(`A worker listens {2}worker=${number} .*workerPid=(\\d+)`));
      pids.set(number, Number(pid));
    }
    const [url] = (await server.line(/^page +(\S+)/)) as [string];
    const terminal = await open(`${url}?account=TEST-001`);
    await terminal.place({ quantity: 2 });
    await expectRows(await terminal.rows("Positions"), /^AAPL Long 2 /);

    let quantity = 2;
    // Each has the accounts when it is killed: the first one since it started alone, the second one since then.
    for (const number of [1, 2]) {
      const before = server.lines.length;
      process.kill(pids.get(number) as number, "SIGKILL");
      await server.line(/ This server runs the broker /, before);
      await server.line(new RegExp(`A worker listens {2}worker=${number} `), before);
      await terminal.page.locator(".workspace:not(.stale)").waitFor();
      await showNewPrices(terminal);
      await expectRows(await terminal.rows("Positions"), new RegExp(`^AAPL Long ${quantity} `));
      await terminal.place({ quantity: 1 });
      quantity += 1;
      await expectRows(await terminal.rows("Positions"), new RegExp(`^AAPL Long ${quantity} `));
    }
    expect(await server.stop()).toBe(0);
  });
});

/** A server as `npm run cluster` prints it. */
interface Address {
  readonly number: number;
  readonly url: string;
  readonly pid: string;
}

/** Returns the open, high, low, close and volume of the last bar, as the chart shows them. */
const lastBar = (page: Page) => page.locator(".bar-legend").textContent();

/** Waits until both pages have shown the same three updates of the last bar. */
async function showSamePrices([left, right]: readonly TerminalPage[]): Promise<void> {
  const shown = [left, right].map((terminal) => ({ page: (terminal as TerminalPage).page, bars: new Set<string>() }));
  await eventually(async () => {
    for (const { page, bars } of shown) bars.add((await lastBar(page)) ?? "");
    const [one, other] = shown.map(({ bars }) => bars) as [Set<string>, Set<string>];
    return [...one].filter((bar) => other.has(bar)).length;
  }).toBeGreaterThanOrEqual(3);
}

/** Waits until the page has shown three further updates of the last bar. */
async function showNewPrices({ page }: TerminalPage): Promise<void> {
  const bars = new Set<string | null>();
  await eventually(async () => bars.add(await lastBar(page)).size).toBeGreaterThan(3);
}
