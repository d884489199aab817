import type {} from "@vitest/browser-playwright";
import type { BrowserCommandContext } from "vitest/node";
import { type EngineServer, startEngineServer } from "../helpers/engine-server.js";
import { PageTab } from "./page-tab.js";

// What a test in a page can have done in Node: vitest.config.ts hands each call of `inNode` to the export of its name.

type Context = BrowserCommandContext;
type Call<Name extends keyof EngineServer> = EngineServer[Name] &
  ((...args: unknown[]) => ReturnType<EngineServer[Name]>);

const servers = new Map<string, EngineServer>();
const tabs = new Map<string, PageTab>();

function known<Kind>(kind: ReadonlyMap<string, Kind>, name: string): Kind {
  const found = kind.get(name);
  if (found === undefined) throw new Error(`Nothing is open as ${name}`);
  return found;
}

/** Starts a server, and tells its url, by which the other functions know it. */
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
  return await (known(servers, url)[name] as Call<Name>)(...args);
}

/** Opens a tab, and tells the name by which the other functions know it. */
export async function openTab({ context }: Context): Promise<string> {
  const browser = context.browser();
  if (browser === null) throw new Error("The browser was not launched here: DevTools cannot be asked for a tab");
  const tab = await PageTab.open(browser);
  tabs.set(tab.id, tab);
  return tab.id;
}

export async function sendToTab(_: Context, id: string, method: string, params: object): Promise<unknown> {
  return known(tabs, id).send(method, params);
}

export async function closeTab(_: Context, id: string): Promise<void> {
  await known(tabs, id).close();
  tabs.delete(id);
}
