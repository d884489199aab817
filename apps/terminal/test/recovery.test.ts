import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page, WebSocketRoute } from "playwright";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { waitForCandles } from "./chart.js";
import { executablePath, useChromium } from "./chromium.js";
import { DeskPage, expectRows, toCents } from "./desk-page.js";
import { eventually } from "./eventually.js";
import { startServer } from "./helpers.js";
import { ServerProcess } from "./server-process.js";

describe.skipIf(executablePath === undefined)("the terminal in Chromium, when its server goes away", () => {
  const browser = useChromium();
  const closing: { close(): Promise<void> }[] = [];
  const directories: string[] = [];
  afterEach(async () => {
    for (const app of closing.splice(0)) await app.close();
    for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
  });

  async function start(...args: Parameters<typeof startServer>) {
    const server = await startServer(...args);
    closing.push(server.app);
    return server;
  }

  test("killed under a position and an order, the page says so, recovers by itself, and the account is as it was", async () => {
    const server = new ServerProcess();
    onTestFinished(() => server.dispose());
    await server.start();
    const page = await browser.open(`${server.url}?account=KILLED`, { losesServer: true });
    const desk = await new DeskPage(page).ready();
    await desk.place({ quantity: 1 });
    const limitPrice = toCents((await desk.bestBid()) * 0.9);
    await desk.place({ type: "Limit", quantity: 5, limitPrice });
    const state = async () => ({
      orders: await (await desk.rows("Orders")).allTextContents(),
      fills: await (await desk.rows("Executions")).allTextContents(),
      margin: await desk.valueOf("Margin used"),
      balance: await desk.valueOf("Balance"),
    });
    await expectRows(await desk.rows("Positions"), /^AAPL Long 1 /);
    await expectRows(await desk.rows("Orders"), /^AAPL Buy Limit 0 \/ 5 /, /^AAPL Buy Market 1 \/ 1 /);
    await expectRows(await desk.rows("Executions"), /^AAPL Buy 1 /);
    await eventually(() => desk.valueOf("Margin used")).toBeGreaterThan(0);
    const before = await state();

    await server.kill();
    const badge = page.locator(".connection");
    await badge.getByText(/trying again in/).waitFor();
    await page.locator(".desk.stale").waitFor();
    await server.start();
    await badge.getByText(/^Back after [\d.]+ s: \d+ loaded anew$/).waitFor();
    await page.locator(".desk:not(.stale)").waitFor();
    await eventually(state).toEqual(before);

    // And it trades on.
    const orders = await desk.rows("Orders");
    await orders.getByRole("button", { name: "Cancel" }).click();
    await expectRows(orders, /Cancelled/, /Filled/);
    await (await desk.rows("Positions")).getByRole("button", { name: "Close" }).click();
    await desk.account.getByText("No positions: a filled order opens one.").waitFor();
  });

  test("a connection that breaks is resumed where it was, and the page says that nothing was missed", async () => {
    const { url } = await start();
    const sockets: WebSocketRoute[] = [];
    const prepare = (page: Page) =>
      page.routeWebSocket(/\/api\/v1\/ws/, (socket) => {
        socket.connectToServer();
        sockets.push(socket);
      });
    const page = await browser.open(url, { prepare });
    await new DeskPage(page).ready();
    await waitForCandles(page);
    await sockets[0]?.close({ code: 3_000 });
    await page.getByText(/^Back after [\d.]+ s: \d+ resumed, nothing missed$/).waitFor();
    expect(sockets).toHaveLength(2);
  });

  test("a server that stops is told as the reason, the past fades, and it is found again when it is back", async () => {
    const first = await start();
    const page = await browser.open(first.url, { losesServer: true });
    await page.getByText("Live", { exact: true }).waitFor();
    await waitForCandles(page);
    await first.app.close();
    await page.getByText(/trying again in/).waitFor();
    await page.locator(".desk.stale").waitFor();
    for (const past of [".watch-row .last", ".chart-canvas", ".bar-legend"]) {
      await eventually(() =>
        page
          .locator(past)
          .first()
          .evaluate((part) => getComputedStyle(part).opacity),
      ).toBe("0.45");
    }
    await start({}, first.port);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.locator(".desk:not(.stale)").waitFor();
  });

  test("a server that came back with other symbols takes the old ones' prices away, then the old ones", async () => {
    const first = await start();
    const page = await browser.open(first.url, { losesServer: true, refusals: [404] });
    await page.waitForFunction(() => {
      const rows = document.querySelectorAll(".watch-row").length;
      return rows > 0 && document.querySelectorAll(".watch-row .last.unknown").length === 0;
    });
    const old = await page.locator(".watch-row strong").allTextContents();

    // A list that is behind: the replaced server still tells of the old symbols.
    const search = "**/api/v1/datafeed/search?*";
    const found = await (await page.request.get(`${first.url}api/v1/datafeed/search?query=&exchange=&type=`)).json();
    const config = await (await page.request.get(`${first.url}api/v1/datafeed/config`)).json();
    await page.route(search, (route) => route.fulfill({ json: found }));
    await page.route("**/api/v1/datafeed/config", (route) => route.fulfill({ json: config }));
    await first.app.close();
    const second = await start(await dailyRecording(), first.port);
    await eventually(() => page.locator(".watch-row .last.unknown").count()).toBe(old.length);
    const title = `Unknown symbol "${old[0]}".`;
    expect(await page.locator(".watch-row").first().locator(".last").getAttribute("title")).toBe(title);
    expect(await page.locator(".quote").textContent()).toContain(title);
    const notice = page.getByRole("alert");
    await notice.getByText(`No bars of ${old[0]}`).waitFor();
    expect(await notice.getByRole("button").count()).toBe(0);

    // The list of the server that is there now.
    await page.unroute(search);
    await page.unroute("**/api/v1/datafeed/config");
    await second.app.close();
    await start(await dailyRecording(), first.port);
    await eventually(() => page.locator(".watch-row strong").allTextContents()).toEqual(["ACME"]);
    await notice.getByText("No bars of ACME at 1 minute").waitFor();
    expect(await notice.locator("p").textContent()).toMatch(/its data is coarser/);
    await notice.getByRole("button", { name: "Show bars of 1 day" }).click();
    await waitForCandles(page);
    expect(await page.getByRole("radio", { name: "1 day" }).isChecked()).toBe(true);
  });

  /** What makes a server replay forty daily bars of ACME. */
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
