import type { Browser, CDPSession } from "playwright";

/**
 * A tab that only the DevTools protocol holds. Playwright keeps the pages that it knows of visible, and a browser freezes
 * none that is.
 */
export class PageTab {
  readonly #browser: CDPSession;
  readonly #browserContextId: string;
  /** What DevTools call the connection to it. */
  readonly id: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #sent = 0;

  private constructor(browser: CDPSession, browserContextId: string, sessionId: string) {
    this.#browser = browser;
    this.#browserContextId = browserContextId;
    this.id = sessionId;
    browser.on("Target.receivedMessageFromTarget", ({ sessionId: from, message }) => {
      const answer: Answer = JSON.parse(message);
      if (from === this.id && answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    });
  }

  static async open(chromium: Browser): Promise<PageTab> {
    const browser = await chromium.newBrowserCDPSession();
    const { browserContextId } = await browser.send("Target.createBrowserContext");
    const { targetId } = await browser.send("Target.createTarget", { url: "about:blank", browserContextId });
    const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: false });
    return new PageTab(browser, browserContextId, sessionId);
  }

  /**
   * Sends a command of the DevTools protocol.
   *
   * @throws Error with the browser's answer, where it refuses
   */
  async send(method: string, params: object): Promise<unknown> {
    const id = ++this.#sent;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    const message = JSON.stringify({ id, method, params });
    await this.#browser.send("Target.sendMessageToTarget", { sessionId: this.id, message });
    const { result, error } = await answered;
    this.#waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async close(): Promise<void> {
    await this.#browser.send("Target.disposeBrowserContext", { browserContextId: this.#browserContextId });
    await this.#browser.detach();
  }
}

interface Answer {
  /** Missing in events. */
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}
