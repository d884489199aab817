import type { Browser, CDPSession } from "playwright";

/**
 * A tab that is opened over the DevTools protocol, without Playwright. Playwright keeps its own pages visible, and a browser
 * does not freeze a visible page.
 */
export class PageTab {
  readonly #browser: CDPSession;
  readonly #browserContextId: string;
  readonly #targetId: string;
  /** Whether the context has other tabs, which are closed with it. */
  readonly #isFirst: boolean;
  /** The id of the DevTools session that is attached to the tab. */
  readonly id: string;
  /** Resolves the reply to each command, by the command's id. */
  readonly #pending = new Map<number, (reply: Reply) => void>();
  #lastId = 0;

  private constructor(
    browser: CDPSession,
    browserContextId: string,
    targetId: string,
    sessionId: string,
    isFirst: boolean,
  ) {
    this.#browser = browser;
    this.#browserContextId = browserContextId;
    this.#targetId = targetId;
    this.#isFirst = isFirst;
    this.id = sessionId;
    browser.on("Target.receivedMessageFromTarget", ({ sessionId: from, message }) => {
      const reply: Reply = JSON.parse(message);
      if (from === this.id && reply.id !== undefined) this.#pending.get(reply.id)?.(reply);
    });
  }

  /** @param opener the tab in whose context it opens @default a new context, as a new profile */
  static async open(chromium: Browser, opener?: PageTab): Promise<PageTab> {
    const browser = await chromium.newBrowserCDPSession();
    const { browserContextId } =
      opener === undefined
        ? await browser.send("Target.createBrowserContext")
        : { browserContextId: opener.#browserContextId };
    const { targetId } = await browser.send("Target.createTarget", { url: "about:blank", browserContextId });
    const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: false });
    return new PageTab(browser, browserContextId, targetId, sessionId, opener === undefined);
  }

  /**
   * Sends a command of the DevTools protocol.
   *
   * @throws Error with the browser's message if it refuses the command
   */
  async send(method: string, params: object): Promise<unknown> {
    const id = ++this.#lastId;
    const replied = new Promise<Reply>((resolve) => this.#pending.set(id, resolve));
    const message = JSON.stringify({ id, method, params });
    await this.#browser.send("Target.sendMessageToTarget", { sessionId: this.id, message });
    const { result, error } = await replied;
    this.#pending.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async close(): Promise<void> {
    if (this.#isFirst) {
      await this.#browser.send("Target.disposeBrowserContext", { browserContextId: this.#browserContextId });
    } else await this.#browser.send("Target.closeTarget", { targetId: this.#targetId });
    await this.#browser.detach();
  }
}

interface Reply {
  /** The id of the command; absent in events. */
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}
