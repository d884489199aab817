import { chromium } from "playwright";
import { preview } from "vite";
import { CHROMIUM_ARGS, findTool } from "../../src/tools.mjs";

/** The limit of each wait. */
const WAIT_MS = 60_000;

/**
 * Texts that a reader searches for, each with the start of an address that has to be among the results.
 *
 * @type {readonly { text: string, page: string }[]}
 */
const SEARCHES = [
  { text: "useBarHistory", page: "/api/ws-client/react.html#usebarhistory" },
  { text: "close codes", page: "/PROTOCOL.html#" },
  { text: "Socket.IO", page: "/docs/guides/coming-from.html" },
];

/** Pages with wide content: none may be wider than a phone's screen. */
const WIDE_PAGES = ["/", "/sizes.html", "/api/ws-client/react.html", "/PROTOCOL.html", "/docs/guides/testing.html"];

/**
 * Reads the built site in Chromium as a visitor without a network: searches, switches to dark mode, and visits pages on a phone.
 *
 * @param {string} out the folder of the site
 * @returns {Promise<string[]>} the problems
 */
export async function driveSite(out) {
  const executablePath = findTool("chromium");
  if (executablePath === undefined) {
    console.warn("Chromium is not installed: the search of the site is not tested.");
    return [];
  }
  /** @type {string[]} */
  const problems = [];
  const server = await preview({
    root: out,
    configFile: false,
    appType: "mpa",
    logLevel: "error",
    build: { outDir: out },
    preview: { host: "127.0.0.1", port: 0, open: false },
  });
  const origin = new URL(server.resolvedUrls?.local[0] ?? "").origin;
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS, timeout: WAIT_MS });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(WAIT_MS);
    page.on("pageerror", (error) => problems.push(`${page.url()}: ${error.message}`));
    page.on("response", (reply) => {
      if (reply.status() >= 400) problems.push(`${page.url()} requests ${reply.url()}: ${reply.status()}`);
    });
    await page.route("**", (route) => {
      const url = route.request().url();
      if (url.startsWith(origin) || url.startsWith("data:")) return route.continue();
      problems.push(`${page.url()} requests another host: ${url}`);
      return route.abort();
    });
    await page.goto(`${origin}/`);
    problems.push(...(await deadLinksOf(page)));
    for (const search of SEARCHES) problems.push(...(await searchFor(page, search)));
    await page.getByRole("switch", { name: /theme/i }).first().click();
    if (!(await page.locator("html.dark").count())) problems.push("The switch does not turn dark mode on.");
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of WIDE_PAGES) {
      await page.goto(origin + path);
      const width = Number(await page.evaluate("document.documentElement.scrollWidth"));
      if (width > 390) problems.push(`${path} is ${width} pixels wide on a phone of 390.`);
    }
  } finally {
    await browser.close();
    await server.close();
  }
  return [...new Set(problems)];
}

/**
 * Requests the pages in the navigation and the sidebar, whose links VitePress does not check.
 *
 * @param {import("playwright").Page} page
 */
async function deadLinksOf(page) {
  const links = await page.locator(".VPNav a[href^='/'], .VPSidebar a[href^='/']").all();
  const addresses = new Set(await Promise.all(links.map((link) => link.getAttribute("href"))));
  const replies = await Promise.all(
    [...addresses].map(async (address) => ({
      address,
      reply: await page.request.get(new URL(address ?? "", page.url()).href),
    })),
  );
  return replies.filter(({ reply }) => !reply.ok()).map(({ address }) => `dead link in the navigation: ${address}`);
}

/**
 * Types into the search, follows the expected result, and returns the problems.
 *
 * @param {import("playwright").Page} page
 * @param {typeof SEARCHES[number]} search
 */
async function searchFor(page, { text, page: expected }) {
  await page.getByRole("button", { name: "Search" }).first().click();
  await page.locator("#localsearch-input").fill(text);
  const results = page.locator("#localsearch-list a.result");
  const result = page.locator(`#localsearch-list a.result[href^="${expected}"]`).first();
  try {
    await result.waitFor();
  } catch {
    const links = await results.evaluateAll((all) => all.map((link) => link.getAttribute("href")));
    await page.keyboard.press("Escape");
    return [`The search for "${text}" has no result ${expected}: ${links.join(", ")}`];
  }
  const address = await result.getAttribute("href");
  await result.click();
  await page.waitForURL((url) => url.pathname + url.hash === address);
  await page.locator(".vp-doc h1").waitFor();
  return [];
}
