import { chromium } from "playwright";
import { CHROMIUM_ARGS, findTool } from "../tools.mjs";

/** The limit of each wait, in which a busy machine can start a server and a page. */
const WAIT_MS = 120_000;

/**
 * The examples: the port of the page, and the element whose text changes with each update. `built` is the script that serves the page
 * after `npm run build`, with its port.
 */
export const EXAMPLES = {
  vite: { port: 5173, text: "[role=status]", built: { script: "preview", port: 4173 } },
  next: { port: 3000, text: "td", built: { script: "start", port: 3000 } },
  script: { port: 3000, text: "td:nth-child(3)" },
};

/**
 * Opens a page in Chromium, and waits until it is connected and has received two updates.
 *
 * @param {string} url
 * @param {string} selector the element that shows the updates
 * @returns {Promise<string>} its last text
 */
export async function expectStream(url, selector) {
  const executablePath = findTool("chromium");
  if (executablePath === undefined) throw new Error("Chromium is not installed.");
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS, timeout: WAIT_MS });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(WAIT_MS);
    /** @type {string[]} */
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(url);
    await page.getByText("connected", { exact: true }).waitFor();
    const shown = page.locator(selector).first();
    await shown.filter({ hasText: /\d/ }).waitFor();
    for (let updates = 0; updates < 2; updates++) {
      const before = (await shown.textContent()) ?? "";
      await shown.filter({ hasText: /\d/, hasNotText: before }).waitFor();
    }
    if (errors.length > 0) throw new Error(`The page reports ${errors.join(", ")}`);
    return (await shown.textContent()) ?? "";
  } finally {
    await browser.close();
  }
}
