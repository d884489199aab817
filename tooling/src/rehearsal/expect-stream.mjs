import { chromium } from "playwright";
import { CHROMIUM_ARGS, findTool } from "../tools.mjs";

/** The limit of each wait, in which a busy machine can start a server and a page. */
const WAIT_MS = 120_000;

/**
 * The examples: the port of the page, the element whose text changes with each update, and the number of such elements that the server
 * renders. `built` is the script that serves the page after `npm run build`, with its port.
 */
export const EXAMPLES = {
  vite: { port: 5173, text: "[role=status]", built: { script: "preview", port: 4173 } },
  next: { port: 3000, text: "td", rendered: 3, built: { script: "start", port: 3000 } },
  script: { port: 3000, text: "td:nth-child(3)" },
};

/**
 * Opens a page in Chromium, and waits until it is connected and has received two updates. If the server renders elements, expects
 * a number in each of them, without JavaScript too, and at every moment until then.
 *
 * @param {string} url
 * @param {{ text: string, rendered?: number }} example
 * @returns {Promise<string>} the last text
 */
export async function expectStream(url, { text: selector, rendered = 0 }) {
  const executablePath = findTool("chromium");
  if (executablePath === undefined) throw new Error("Chromium is not installed.");
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS, timeout: WAIT_MS });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(WAIT_MS);
    /** @type {string[]} */
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    // React reports what it cannot hydrate there.
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    if (rendered > 0) await expectRendered(browser, url, selector, rendered);
    await page.addInitScript(recordEmpty, selector);
    await page.goto(url);
    await page.getByText("connected", { exact: true }).waitFor();
    const shown = page.locator(selector).first();
    await shown.filter({ hasText: /\d/ }).waitFor();
    for (let updates = 0; updates < 2; updates++) {
      const before = (await shown.textContent()) ?? "";
      await shown.filter({ hasText: /\d/, hasNotText: before }).waitFor();
    }
    if (rendered > 0) errors.push(...(await page.evaluate(() => /** @type {any} */ (globalThis).emptyTexts)));
    if (errors.length > 0) throw new Error(`The page reports ${errors.join(", ")}`);
    return (await shown.textContent()) ?? "";
  } finally {
    await browser.close();
  }
}

/** @param {import("playwright").Browser} browser @param {string} url @param {string} selector @param {number} count */
async function expectRendered(browser, url, selector, count) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  await page.goto(url);
  const texts = await page.locator(selector).allTextContents();
  await context.close();
  if (texts.length !== count || !texts.every((text) => /\d/.test(text)))
    throw new Error(
      `Without JavaScript, expected ${count} numbers in ${selector} of ${url}, got ${JSON.stringify(texts)}`,
    );
}

/** Runs in the page: records the texts without a number that an element has had. @param {string} selector */
function recordEmpty(selector) {
  // The page's globals, which Node.js does not have.
  const { document, MutationObserver } = /** @type {any} */ (globalThis);
  /** @type {string[]} */
  const emptyTexts = [];
  Object.assign(globalThis, { emptyTexts });
  new MutationObserver(() => {
    for (const { textContent } of document.querySelectorAll(selector))
      if (!/\d/.test(textContent ?? "")) emptyTexts.push(`"${textContent}" in ${selector}`);
  }).observe(document, { subtree: true, childList: true, characterData: true });
}
