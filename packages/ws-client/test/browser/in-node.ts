import { fileURLToPath } from "node:url";
import type {} from "@vitest/browser-playwright";
import { build, type Rollup } from "vite";
import type { BrowserCommandContext } from "vitest/node";
import { type EngineServer, startEngineServer } from "../helpers/engine-server.js";
import { PageTab } from "./page-tab.js";

// The functions that a test in a page can call in Node. vitest.config.ts passes each call of `inNode` to the export of that name.

type Context = BrowserCommandContext;
type Call<Name extends keyof EngineServer> = EngineServer[Name] &
  ((...args: unknown[]) => ReturnType<EngineServer[Name]>);

const servers = new Map<string, EngineServer>();
const tabs = new Map<string, PageTab>();

function get<Entry>(entries: ReadonlyMap<string, Entry>, id: string): Entry {
  const entry = entries.get(id);
  if (entry === undefined) throw new Error(`Unknown server or tab "${id}": it was not opened, or is closed`);
  return entry;
}

/** Starts a server, and returns its URL, which identifies it in the other functions. */
export async function startServer(_: Context): Promise<string> {
  const { url, ...server } = await startEngineServer();
  servers.set(url, server);
  return url;
}

export async function callServer<Name extends keyof EngineServer>(
  _: Context,
  url: string,
  name: Name,
  args: Parameters<EngineServer[Name]>,
): Promise<Awaited<ReturnType<EngineServer[Name]>>> {
  return await (get(servers, url)[name] as Call<Name>)(...args);
}

/** Returns the program of sandboxed-page.ts as one script: a page without an origin cannot import modules. */
export async function bundleSandboxedPage(): Promise<string> {
  const [output] = (await build({
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["@trading/source"] },
    build: {
      write: false,
      lib: { entry: fileURLToPath(new URL("./sandboxed-page.ts", import.meta.url)), formats: ["iife"], name: "page" },
    },
  })) as Rollup.RollupOutput[];
  const [script] = output?.output ?? [];
  if (!script) throw new Error("The build of sandboxed-page.ts wrote no script");
  return script.code;
}

/** Opens a tab, and returns its id for the other functions. @param opener the tab whose storage it shares */
export async function openTab({ context }: Context, opener?: string): Promise<string> {
  const browser = context.browser();
  if (browser === null) throw new Error("Playwright did not launch this browser: tabs cannot be opened over DevTools");
  const tab = await PageTab.open(browser, opener === undefined ? undefined : get(tabs, opener));
  tabs.set(tab.id, tab);
  return tab.id;
}

export async function sendToTab(_: Context, id: string, method: string, params: object): Promise<unknown> {
  return get(tabs, id).send(method, params);
}

export async function closeTab(_: Context, id: string): Promise<void> {
  const tab = tabs.get(id);
  tabs.delete(id);
  await tab?.close();
}
