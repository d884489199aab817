// `npm run screenshots`: starts the built server, trades in its page, and writes screenshots to docs/images, and that of the devtools
// next to their document.
import { mkdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { chromium } from "playwright";
import { startReferenceServer } from "./src/reference-server.mjs";
import { root } from "./src/run.mjs";
import { CHROMIUM_ARGS, findTool } from "./src/tools.mjs";

const ACCOUNT = "TRADER-1";
/** The maximum size, because a README with larger images loads slowly. */
const MAX_BYTES = 250_000;
const out = join(root, "docs/images");
const devtools = join(root, "packages/ws-client/docs/devtools.png");

const executablePath = findTool("chromium");
if (executablePath === undefined) {
  console.error("screenshots: chromium is not installed: install it (Debian: apt-get install chromium).");
  process.exit(1);
}
mkdirSync(out, { recursive: true });
const { url, stop } = await startReferenceServer();
const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
try {
  const page = await openTerminal();
  await trade(page);
  await write(page, picture("desk"));
  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByRole("tab", { name: "Equity" }).click();
  // The equity curve needs some changes.
  const corners = () => page.locator(".equity polyline").evaluate((line) => line.points.length);
  while ((await corners()) < 12) await page.locator(".quote .flash").first().waitFor();
  await write(page, picture("dark"));
  await page.emulateMedia({ colorScheme: "light" });
  await preview(page);
  await write(page, picture("ticket"), page.getByRole("region", { name: "Order ticket" }));
  await page.getByRole("button", { name: "Back" }).click();
  await page.setViewportSize({ width: 390, height: 844 });
  await write(page, picture("phone"));
  await write(page, devtools, await openDevtools(page));
} finally {
  await browser.close();
  await stop();
}

/** Opens the page, and waits until everything is loaded. */
async function openTerminal() {
  const page = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
    reducedMotion: "reduce",
  });
  await page.goto(`${url}?account=${ACCOUNT}`);
  await page.locator(".bar-legend").waitFor();
  await page
    .getByRole("button", { name: /^Set limit price .* to sell/ })
    .first()
    .waitFor();
  await page.getByText("No open positions").waitFor();
  return page;
}

/** Opens two positions, one with take profit and stop loss, and places two orders near the market. */
async function trade(page) {
  const { token } = JSON.parse(await page.evaluate("sessionStorage.getItem('trading-session')"));
  const bid = Number(await page.locator(".facts dd").filter({ hasText: /\d/ }).first().textContent());
  const at = (share) => Math.round(bid * share * 100) / 100;
  const orders = [
    { symbol: "AAPL", type: 2, side: 1, qty: 40, takeProfit: at(1.003), stopLoss: at(0.995) },
    { symbol: "TSLA", type: 2, side: -1, qty: 12 },
    { symbol: "AAPL", type: 1, side: 1, qty: 25, limitPrice: at(0.9975) },
  ];
  for (const order of orders) {
    const headers = { authorization: `Bearer ${token}` };
    const reply = await page.request.post(`${url}api/v1/broker/orders?accountId=${ACCOUNT}`, { data: order, headers });
    if (!reply.ok()) throw new Error(`The order ${JSON.stringify(order)} is refused: ${await reply.text()}`);
  }
  await page.getByRole("tab", { name: "Orders" }).click();
  await page.locator(".rows tbody tr").nth(4).waitFor();
  await page.locator(".notification").nth(1).waitFor();
}

/** Returns a limit order with brackets, as a request to the broker. */
async function preview(page) {
  await page.getByLabel("Type", { exact: true }).selectOption("Limit");
  await page.getByLabel("Quantity").fill("100");
  await page.getByRole("button", { name: /^Review/ }).click();
  await page.getByRole("button", { name: /^Place/ }).waitFor();
}

/** Opens the page with the panel of the devtools, waits until it shows a rate, and returns the panel. */
async function openDevtools(page) {
  await page.setViewportSize({ width: 1180, height: 700 });
  await page.goto(`${url}?account=${ACCOUNT}&devtools`);
  await page.locator(".bar-legend").waitFor();
  await page.getByRole("button", { name: "Streams" }).click();
  const panel = page.getByRole("region", { name: "Streams" });
  const rates = panel.locator("[data-label='updates/s']").filter({ hasText: /^[1-9]/ });
  await rates.first().waitFor();
  return panel;
}

function picture(name) {
  return join(out, `terminal-${name}.png`);
}

/** @param {import("playwright").Page} page @param {string} path @param {import("playwright").Page | import("playwright").Locator} [what] */
async function write(page, path, what = page) {
  // Notifications would cover the page.
  const notices = page.locator(".notification button");
  while ((await notices.count()) > 0) await notices.first().click();
  // The pointer would show a crosshair on the chart.
  await page.mouse.move(0, 0);
  await what.screenshot({ path });
  const { size } = statSync(path);
  if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes: make it smaller than ${MAX_BYTES}.`);
  console.log(`${relative(root, path)}  ${Math.round(size / 1024)} kB`);
}
