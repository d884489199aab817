import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page, WebSocketRoute } from "playwright";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { waitForCandles } from "./chart.js";
import { executablePath, useChromium } from "./chromium.js";
import { eventually } from "./eventually.js";
import { startServer } from "./helpers.js";
import { ServerProcess } from "./server-process.js";
import { expectRows, TerminalPage, toCents } from "./terminal-page.js";

describe.skipIf(executablePath === undefined)("the terminal, when its server stops", () => {
  const closing: { close(): Promise<void> }[] = [];
  const directories: string[] = [];
  afterEach(async () => {
    for (const app of closing.splice(0)) await app.close();
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
  });
  // After the hook above, because the last one runs first: pages are closed before the servers that they would miss.
  const browser = useChromium();

  async function start(...args: Parameters<typeof startServer>) {
    const server = await startServer(...args);
    closing.push(server.app);
    return server;
  }

  test("recovers with its account after the server was killed", async () => {
    const server = new ServerProcess();
    onTestFinished(() => server.dispose());
    await server.start();
    const page = await browser.open(`${server.url}?account=KILLED`, { losesServer: true });
    const terminal = await new TerminalPage(page).ready();
    await terminal.place({ quantity: 1 });
    const limitPrice = toCents((await terminal.bestBid()) * 0.9);
    await terminal.place({ type: "Limit", quantity: 5, limitPrice });
    const state = async () => ({
      orders: await (await terminal.rows("Orders")).allTextContents(),
      fills: await (await terminal.rows("Executions")).allTextContents(),
      margin: await terminal.valueOf("Margin used"),
      balance: await terminal.valueOf("Balance"),
    });
    await expectRows(await terminal.rows("Positions"), /^AAPL Long 1 /);
    await expectRows(await terminal.rows("Orders"), /^AAPL Buy Limit 0 \/ 5 /, /^AAPL Buy Market 1 \/ 1 /);
    await expectRows(await terminal.rows("Executions"), /^AAPL Buy 1 /);
    await eventually(() => terminal.valueOf("Margin used")).toBeGreaterThan(0);
    const before = await state();

    await server.kill();
    const badge = page.locator(".connection");
    await badge.and(page.locator(".connecting")).waitFor();
    await page.locator(".workspace.stale").waitFor();
    // Waits from before the restart, because the summary disappears after a while.
    const summarized = badge.getByText(/^Reconnected after [\d.]+ s: \d+ reloaded$/).waitFor();
    await server.start();
    await summarized;
    await page.locator(".workspace:not(.stale)").waitFor();
    await eventually(state).toEqual(before);

    // Trading continues.
    const orders = await terminal.rows("Orders");
    await orders.getByRole("button", { name: "Cancel" }).click();
    await expectRows(orders, /Cancelled/, /Filled/);
    await (await terminal.rows("Positions")).getByRole("button", { name: "Close" }).click();
    await terminal.account.getByText("No open positions").waitFor();
  });

  test("resumes a broken connection without missing anything", async () => {
    const { url } = await start();
    const sockets: WebSocketRoute[] = [];
    const prepare = (page: Page) =>
      page.routeWebSocket(/\/api\/v1\/ws/, (socket) => {
        socket.connectToServer();
        sockets.push(socket);
      });
    const page = await browser.open(url, { prepare });
    await new TerminalPage(page).ready();
    await waitForCandles(page);
    const summarized = page.getByText(/^Reconnected after [\d.]+ s: \d+ resumed, nothing missed$/).waitFor();
    await sockets[0]?.close({ code: 3_000 });
    await summarized;
    expect(sockets).toHaveLength(2);
  });

  test("fades outdated prices while the server is stopped, and reconnects when it is back", async () => {
    const first = await start();
    const page = await browser.open(first.url, { losesServer: true });
    await page.getByText("Live", { exact: true }).waitFor();
    await waitForCandles(page);
    await first.app.close();
    await page.locator(".connection.connecting").waitFor();
    await page.locator(".workspace.stale").waitFor();
    for (const outdated of [".watch-row .last", ".chart-canvas", ".bar-legend"]) {
      await eventually(() =>
        page
          .locator(outdated)
          .first()
          .evaluate((part) => getComputedStyle(part).opacity),
      ).toBe("0.45");
    }
    await start({}, first.port);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.locator(".workspace:not(.stale)").waitFor();
  });

  test("replaces the symbols after a restart with other ones", async () => {
    const first = await start();
    const page = await browser.open(first.url, { losesServer: true, expectedStatuses: [404] });
    await page.waitForFunction(() => {
      const rows = document.querySelectorAll(".watch-row").length;
      return rows > 0 && document.querySelectorAll(".watch-row .last.unknown").length === 0;
    });
    const old = await page.locator(".watch-row strong").allTextContents();

    // An outdated list: the routes still return the old symbols after the restart.
    const search = "**/api/v1/datafeed/search?*";
    const found = await (await page.request.get(`${first.url}api/v1/datafeed/search?query=&exchange=&type=`)).json();
    const config = await (await page.request.get(`${first.url}api/v1/datafeed/config`)).json();
    await page.route(search, (route) => route.fulfill({ json: found }));
    await page.route("**/api/v1/datafeed/config", (route) => route.fulfill({ json: config }));
    await first.app.close();
    const second = await start(await dailyRecording(), first.port);
    await eventually(() => page.locator(".watch-row .last.unknown").count()).toBe(old.length);
    const title = `Unknown symbol "${old[0]}".`;
    await eventually(() => page.locator(".watch-row").first().locator(".last").getAttribute("title")).toBe(title);
    await eventually(() => page.locator(".quote").textContent()).toContain(title);
    const notice = page.getByRole("alert");
    await notice.getByText(`No 1 minute bars for ${old[0]}`).waitFor();
    expect(await notice.getByRole("button").count()).toBe(0);

    // The list of the new server.
    await page.unroute(search);
    await page.unroute("**/api/v1/datafeed/config");
    await second.app.close();
    await start(await dailyRecording(), first.port);
    await eventually(() => page.locator(".watch-row strong").allTextContents()).toEqual(["ACME"]);
    await notice.getByText("No 1 minute bars for ACME").waitFor();
    await eventually(() => notice.locator("p").textContent()).toMatch(/its data is coarser/);
    await notice.getByRole("button", { name: "Show 1 day bars" }).click();
    await waitForCandles(page);
    await eventually(() => page.getByRole("radio", { name: "1 day" }).isChecked()).toBe(true);
  });

  /** Returns the environment of a server that replays forty daily bars of ACME. */
  async function dailyRecording(): Promise<Record<string, string>> {
    const directory = await mkdtemp(join(tmpdir(), "terminal-"));
    directories.push(directory);
    const file = join(directory, "acme.csv");
    const days = Array.from({ length: 40 }, (_, day) => {
      const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
      return `${date},${100 + day},${103 + day},${99 + day},${101 + day},${1000 + day}`;
    });
    await writeFile(file, ["time,open,high,low,close,volume", ...days].join("\n"));
    return { DATAFEED: "replay", REPLAY_FILE: file, REPLAY_BARS_PER_SECOND: "50" };
  }
});
