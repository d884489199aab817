import { findTool } from "@trading/tooling/tools";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { startServer } from "./helpers.js";

/** Undefined where there is none: suites skip themselves. */
export const executablePath = findTool("chromium");

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser's own words for a request that was refused or found no server; it tells of them in the console. */
const TOLD_BY_BROWSER = /^console: Failed to load resource|^console: WebSocket connection to/;

export interface PageOptions extends BrowserContextOptions {
  /** Statuses that the test provokes. @default none */
  readonly refusals?: readonly number[];
  /** The server goes away meanwhile, so some requests find none. @default false */
  readonly losesServer?: boolean;
  /** Called before the page is loaded. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

/** What a file's tests open. Pages end with their test, which fails for anything that went wrong in one of them. */
export class Chromium {
  #browser: Browser | undefined;
  readonly #faults: string[] = [];

  async launch(): Promise<void> {
    this.#browser = await chromium.launch({ executablePath: executablePath as string, args: ARGS });
  }

  async close(): Promise<void> {
    await this.#browser?.close();
  }

  /** A page in a context of its own, so that it shares no storage with another. */
  async open(
    url: string,
    { refusals = [], losesServer = false, prepare, ...options }: PageOptions = {},
  ): Promise<Page> {
    const page = await (this.#browser as Browser).newPage(options);
    const { origin, host } = new URL(url);
    const fault = (text: string) => {
      const isExpected = (refusals.length > 0 || losesServer) && TOLD_BY_BROWSER.test(text);
      if (!isExpected) this.#faults.push(text);
    };
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) fault(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => fault(`uncaught: ${error}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("data:"))
        fault(`left: ${request.url()}`);
    });
    page.on("websocket", (socket) => {
      if (new URL(socket.url()).host !== host) fault(`left: ${socket.url()}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400 && !refusals.includes(response.status()))
        fault(`${response.status()}: ${response.url()}`);
    });
    await prepare?.(page);
    await page.goto(url);
    return page;
  }

  /** Closes the pages. @throws where something went wrong in one */
  async endTest(): Promise<void> {
    for (const context of this.#browser?.contexts() ?? []) await context.close();
    expect(this.#faults.splice(0)).toEqual([]);
  }
}

/** A browser for the tests of a file. */
export function useChromium(): Chromium {
  const browser = new Chromium();
  beforeAll(() => browser.launch());
  afterAll(() => browser.close());
  afterEach(() => browser.endTest());
  return browser;
}

/** One server for the tests of a file: the first to ask it for a symbol waits for that symbol's history, the others do not. */
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
