import { CHROMIUM_ARGS, findTool } from "@trading/tooling/tools";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import { WAIT_MS } from "./eventually.js";
import { startServer } from "./helpers.js";

/** Path of Chromium; undefined if it is not installed, and then the suites are skipped. */
export const executablePath = findTool("chromium");

/** The browser's console messages for a refused request and for an unreachable server. */
const NETWORK_ERRORS = /^console: Failed to load resource|^console: WebSocket connection to/;

export interface PageOptions extends BrowserContextOptions {
  /** HTTP error statuses that the test expects. @default none */
  readonly expectedStatuses?: readonly number[];
  /** Whether the server stops during the test, so that requests can fail. @default false */
  readonly losesServer?: boolean;
  /** Opens another tab next to this page, with the same cookies and local storage. @default a new browser context */
  readonly tabOf?: Page;
  /** Called before the page loads. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** Opens pages for the tests of a file. A test fails if one of its pages reports an error. */
export class Chromium {
  #browser: Browser | undefined;
  readonly #errors: string[] = [];

  async launch(): Promise<void> {
    this.#browser = await chromium.launch({
      executablePath: executablePath as string,
      args: CHROMIUM_ARGS,
      timeout: WAIT_MS,
    });
  }

  async close(): Promise<void> {
    await this.#browser?.close();
  }

  /** Opens a page, in a new browser context unless it is a tab of another page, so that pages share no storage. */
  async open(
    url: string,
    { expectedStatuses = [], losesServer = false, tabOf, prepare, ...options }: PageOptions = {},
  ): Promise<Page> {
    // Without a graphics card, the flash of each new price takes most of the time of a processor.
    const withoutFlashes = { reducedMotion: "reduce" as const, ...options };
    const context = tabOf?.context() ?? (await (this.#browser as Browser).newContext(withoutFlashes));
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const { origin, host } = new URL(url);
    const report = (text: string) => {
      const isExpected = (expectedStatuses.length > 0 || losesServer) && NETWORK_ERRORS.test(text);
      if (!isExpected) this.#errors.push(text);
    };
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) report(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => report(`uncaught: ${error}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("data:"))
        report(`foreign origin: ${request.url()}`);
    });
    page.on("websocket", (socket) => {
      if (new URL(socket.url()).host !== host) report(`foreign origin: ${socket.url()}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400 && !expectedStatuses.includes(response.status()))
        report(`${response.status()}: ${response.url()}`);
    });
    await prepare?.(page);
    await page.goto(url);
    return page;
  }

  /** Closes all pages. @throws if one of them reported an error */
  async endTest(): Promise<void> {
    for (const context of this.#browser?.contexts() ?? []) await context.close();
    expect(this.#errors.splice(0)).toEqual([]);
  }
}

/** Starts a browser for the tests of a file, whose limits suit a slow machine. */
export function useChromium(): Chromium {
  vi.setConfig({ testTimeout: 4 * WAIT_MS, hookTimeout: 2 * WAIT_MS });
  const browser = new Chromium();
  beforeAll(() => browser.launch());
  afterAll(() => browser.close());
  afterEach(() => browser.endTest());
  return browser;
}

/** Starts one server for the tests of a file, so that only the first request for a symbol waits for its history. */
export function useServer(env?: Record<string, string>): { readonly url: string } {
  let server: Awaited<ReturnType<typeof startServer>> | undefined;
  beforeAll(async () => {
    server = await startServer(env);
  });
  afterAll(() => server?.app.close());
  return {
    get url() {
      return (server as NonNullable<typeof server>).url;
    },
  };
}
