import { onTestFinished } from "vitest";
import { type BrowserCommands, commands } from "vitest/browser";
import type { EngineServer, Seen } from "../helpers/engine-server.js";
import type * as nodeSide from "./in-node.js";
import type { Tab } from "./tab.js";

type NodeSide = typeof nodeSide;
type Arguments<Call> = Call extends (context: never, ...args: infer Args) => unknown ? Args : never;

declare module "vitest/browser" {
  interface BrowserCommands {
    inNode<Name extends keyof NodeSide>(name: Name, ...args: Arguments<NodeSide[Name]>): ReturnType<NodeSide[Name]>;
  }
}

const { inNode }: BrowserCommands = commands;

/** Controls a server of helpers/engine-server.ts from a test in a page. The server is closed after the test. */
export class RemoteServer {
  readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  static async start(): Promise<RemoteServer> {
    const server = new RemoteServer(await inNode("startServer"));
    onTestFinished(() => server.#call("close"));
    return server;
  }

  publish(...prices: readonly number[]): Promise<void> {
    return this.#call("publish", prices);
  }

  cut(...prices: readonly number[]): Promise<void> {
    return this.#call("cut", prices);
  }

  blockNext(): Promise<void> {
    return this.#call("blockNext");
  }

  unblock(...prices: readonly number[]): Promise<void> {
    return this.#call("unblock", prices);
  }

  replied(count: number): Promise<void> {
    return this.#call("replied", count);
  }

  counted(connections: number, subscriptions: number): Promise<void> {
    return this.#call("counted", connections, subscriptions);
  }

  disconnected(): Promise<Seen> {
    return this.#call("disconnected");
  }

  #call<Name extends keyof EngineServer>(name: Name, ...args: Parameters<EngineServer[Name]>) {
    return inNode("callServer", this.url, name, args) as Promise<Awaited<ReturnType<EngineServer[Name]>>>;
  }
}

/** Returns the script of sandboxed-page.ts. */
export function sandboxedPage(): Promise<string> {
  return inNode("bundleSandboxedPage") as Promise<string>;
}

/**
 * Controls a separate tab with the page of tab.tsx, for tests that freeze or reload a page. A test cannot do that to the page
 * in which it runs itself. The tab is closed after the test.
 */
export class RemoteTab {
  readonly #id: string;

  private constructor(id: string) {
    this.#id = id;
  }

  /**
   * @param search further parameters of the page
   * @param opener a tab with the same storage, locks and workers
   */
  static async open(
    server: RemoteServer,
    search: Readonly<Record<string, string>> = {},
    opener?: RemoteTab,
  ): Promise<RemoteTab> {
    const id = await inNode("openTab", opener === undefined ? undefined : opener.#id);
    const tab = new RemoteTab(id);
    onTestFinished(() => tab.close());
    const url = new URL("./tab.html", import.meta.url);
    for (const [name, value] of Object.entries({ server: server.url, ...search })) url.searchParams.set(name, value);
    // Vite's script would reload a page after a freeze.
    await tab.#send("Network.enable", {});
    await tab.#send("Network.setBlockedURLs", { urls: ["*/@vite/client"] });
    await tab.#send("Page.navigate", { url: url.href });
    return tab;
  }

  /**
   * Waits until the condition is met, and returns the page's record. The function is sent to the page as source text, so it
   * can only use its parameter.
   */
  until(condition: (tab: Tab) => boolean): Promise<Tab> {
    return this.#evaluate(`tab.until(${condition})`);
  }

  async close(): Promise<void> {
    await inNode("closeTab", this.#id);
  }

  async freeze(): Promise<void> {
    await this.#send("Page.setWebLifecycleState", { state: "frozen" });
    await this.until(({ events }) => events.at(-1) === "freeze");
  }

  /** Ends a freeze; the page stays hidden. */
  async unfreeze(): Promise<void> {
    await this.#send("Page.setWebLifecycleState", { state: "active" });
  }

  /** Makes the page visible again. */
  async show(): Promise<void> {
    await this.#send("Emulation.setFocusEmulationEnabled", { enabled: true });
  }

  async reload(): Promise<void> {
    await this.#send("Page.reload", {});
  }

  /** Follows a link to another page. The browser may keep this one in its back/forward cache. */
  async leave(): Promise<void> {
    await this.#send("Page.navigate", { url: "about:blank" });
    while ((await this.#evaluate("location.href")) !== "about:blank");
  }

  /** Goes back, and waits for the page: the same one from the cache, or a new one. */
  async back(): Promise<void> {
    const { currentIndex, entries } = (await this.#send("Page.getNavigationHistory", {})) as NavigationHistory;
    await this.#send("Page.navigateToHistoryEntry", { entryId: entries[currentIndex - 1]?.id });
    while ((await this.#evaluate("location.href")) === "about:blank");
  }

  /** @param times the factor by which the page's CPU is slowed down from now on */
  async slowDown(times: number): Promise<void> {
    await this.#send("Emulation.setCPUThrottlingRate", { rate: times });
  }

  /** Evaluates an expression in the page, even while it is frozen. @throws Error with the page's error */
  async #evaluate<Result>(expression: string): Promise<Result> {
    const loaded = 'document.readyState === "complete" || new Promise((done) => addEventListener("load", done))';
    const reply = await this.#send("Runtime.evaluate", {
      expression: `(async () => { await (${loaded}); return ${expression}; })()`,
      awaitPromise: true,
      returnByValue: true,
    });
    const { result, exceptionDetails } = reply as Evaluation<Result>;
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  #send(method: string, params: object): Promise<unknown> {
    return inNode("sendToTab", this.#id, method, params);
  }
}

interface NavigationHistory {
  readonly currentIndex: number;
  readonly entries: readonly { readonly id: number }[];
}

interface Evaluation<Result> {
  readonly result: { readonly value: Result };
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
}
