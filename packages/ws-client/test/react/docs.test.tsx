// @vitest-environment happy-dom

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as routes from "@trading/topic/shapes";
import { act, type ComponentType, StrictMode } from "react";
import ts from "typescript";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createClient, type Routes } from "../../src/index.js";
import { ClientProvider, type RestRoutes } from "../../src/react/index.js";
import { MemoryServer } from "../../src/testing/index.js";
import { rootOf } from "./page.js";

const project = join(import.meta.dirname, "../..");
const folder = join(import.meta.dirname, ".snippets/");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a page's code blocks to files that import the sources, and reads what each component should render. */
function snippetsOf(page: string) {
  const blocks = readFileSync(join(project, "docs", page), "utf8").matchAll(/^```tsx\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, text = ""], index) => {
    const file = join(folder, `${page}-${index}.tsx`);
    const local = text.replaceAll(
      /"@trading\/ws-client(\/\w+)?"/g,
      (_, entry = "") => `"../../../src${entry}/index.js"`,
    );
    writeFileSync(file, `${local}\nexport {};\n`);
    return {
      file,
      shown: [...text.matchAll(/^\/\/ (\w+) → (.*)$/gm)].map(([, name, shows]) => ({ name, shows }) as Shown),
      exported: [...text.matchAll(/^export function (\w+)/gm)].map(([, name]) => name),
    };
  });
}

interface Shown {
  readonly name: string;
  readonly shows: string;
}

const snippets = ["react.md", "devtools.md"].flatMap(snippetsOf);

test("type-checks the code blocks", () => {
  const { config } = ts.readConfigFile(join(project, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, project);
  const files = snippets.map(({ file }) => file);
  const program = ts.createProgram(files, options);
  // Of the snippets only: to check the sources too takes longer.
  const problems = files
    .flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
  expect([snippets.length, problems]).toEqual([18, []]);
});

test("documents what every exported component renders", () => {
  for (const { exported, shown } of snippets) expect(shown.map(({ name }) => name)).toEqual(exported);
});

test("includes a small screenshot", () => {
  const picture = readFileSync(join(project, "docs/devtools.png"));
  expect(readFileSync(join(project, "docs/devtools.md"), "utf8")).toContain("(devtools.png)");
  expect(picture.length).toBeLessThan(100_000);
});

const alerts = routes.defineShape<{ team: string }, { id: string; text: string }>({
  name: "alerts",
  fields: { team: "string" },
  key: "id",
  snapshot: "all",
});

/** Publishes the data that the pages' components render. */
function publish(server: MemoryServer): void {
  const time = 1_760_000_060_000;
  const symbol = "AAPL";
  const account = { accountId: "DEMO-1" };
  const bar = { time, open: 187, high: 187.5, low: 186.9, close: 187.2, volume: 10 };
  server.publish(routes.bars, { symbol, resolution: "1" }, bar);
  const list = { symbols: [], fast_symbols: ["AAPL", "MSFT"] };
  server.publish(routes.quotes, list, { s: "ok", n: symbol, v: { lp: 187.2 } } as routes.UpdateOf<
    typeof routes.quotes
  >);
  server.publish(routes.trades, { symbol }, { id: "1", time, price: 187.1, qty: 100, side: 1 });
  server.publish(routes.trades, { symbol }, { id: "2", time, price: 187.2, qty: 50, side: -1 });
  const level = (price: number) => ({ price, qty: 1 });
  server.publish(routes.orderbook, { symbol, depth: 5 }, { time, bids: [level(187.1)], asks: [level(187.3)] });
  for (const [id, status] of [
    ["1", 6],
    ["2", 2],
  ] as const)
    server.publish(routes.orders, account, { id, symbol, type: 2, side: 1, qty: 10, status });
  server.publish(routes.positions, account, { id: "1", symbol: "MSFT", qty: 5, side: -1, avgPrice: 420 });
  server.publish(routes.executions, { ...account, symbol: null }, { symbol, price: 187.1, qty: 10, side: 1, time });
  const balance = 10_000;
  server.publish(routes.equity, account, { equity: 10_250, balance, unrealizedPL: 250, realizedPL: 0 });
  const margin = { marginUsed: 0, marginAvailable: balance, leverage: 1 };
  server.publish(routes.account, account, { id: "DEMO-1", name: "", currency: "USD", balance, equity: 0, ...margin });
  server.publish(routes.brokerConnection, account, { status: 1, timestamp: time });
  const note = { id: "1", time, severity: "success", title: "Order filled", message: "" } as const;
  server.publish(routes.notifications, account, note);
  server.publish(alerts, { team: "rates" }, { id: "1", text: "Curve inverted" });
}

/** The routes that the pages' components use. */
const rest = {
  bars: async () => ({
    bars: [{ time: 1_760_000_000_000, open: 185, high: 186, low: 184, close: 185.5, volume: 100 }],
  }),
} as unknown as RestRoutes;

const served = { ...routes, alerts };
const isRoute = ([, value]: [string, unknown]) => typeof value === "object" && value !== null && "buildTopic" in value;

/** Renders a component of a page under StrictMode, with published data. */
async function renderExample(file: string, name: string) {
  const server = new MemoryServer({ routes: Object.fromEntries(Object.entries(served).filter(isRoute)) as Routes });
  const client = createClient({ url: "ws://memory/ws", WebSocket: server.WebSocket, getToken: () => "any" });
  const Component = ((await import(/* @vite-ignore */ file)) as Record<string, ComponentType<object>>)[name];
  if (!Component) throw new Error(`${file} exports no ${name}`);
  const container = document.createElement("div");
  const root = rootOf(container);
  /** Runs an action and waits for the server and React. */
  const during = (action: () => void) =>
    act(async () => {
      action();
      await server.settled();
      await vi.dynamicImportSettled();
    });
  const show = (props: object) =>
    during(() =>
      root.render(
        <StrictMode>
          <ClientProvider client={client} rest={rest} requestFrame={(paint) => paint()}>
            <Component {...{ symbol: "AAPL", accountId: "DEMO-1", ...props }} />
          </ClientProvider>
        </StrictMode>,
      ),
    );
  await show({});
  await during(() => publish(server));
  const end = async () => {
    await act(async () => root.unmount());
    client.close();
  };
  return { server, client, container, during, show, end };
}

describe.each(snippets.filter(({ shown }) => shown.length > 0))("$file", ({ file, shown }) => {
  test.each(shown)("$name renders $shows", async ({ name, shows }) => {
    const { server, container, end } = await renderExample(file, name);
    for (const style of Array.from(container.querySelectorAll("style"))) style.remove();
    expect(container.textContent?.trim()).toBe(shows);
    expect(server.frames.map(({ type }) => type).filter((type) => type.endsWith(".unsubscribe"))).toEqual([]);
    await end();
  });
});

describe("the documented pattern", () => {
  const example = (name: string) =>
    renderExample(snippets.find(({ exported }) => exported.includes(name))?.file as string, name);
  const trade = (id: string, price: number) => ({ id, time: 1_760_000_060_000, price, qty: 1, side: 1 }) as const;
  const click = (container: Element) => (container.querySelector("button") as HTMLButtonElement).click();

  test("keeps the updates that arrive while <Activity> is hidden", async () => {
    const { server, container, during, end } = await example("Tabs");
    await during(() => click(container));
    await during(() => server.publish(routes.trades, { symbol: "AAPL" }, trade("3", 187.3)));
    await during(() => click(container));
    expect(container.textContent).toBe("Trades: 187.1, 187.2, 187.3");
    expect(server.frames.filter(({ type }) => type === "trades.unsubscribe")).toEqual([]);
    await end();
  });

  test("clears a drawn list when the symbol changes", async () => {
    const { server, container, during, show, end } = await example("Tape");
    await show({ symbol: "MSFT" });
    await during(() => server.publish(routes.trades, { symbol: "MSFT" }, trade("1", 420)));
    expect(container.textContent).toBe("live: 1 at 420. ");
    await end();
  });

  test("renders in a popout window whose opener is hidden, and back when it is closed", async () => {
    const { server, container, during, end } = await example("PopoutTrades");
    const frames: (() => void)[] = [];
    const other = document.implementation.createHTMLDocument();
    const popout = Object.assign(new EventTarget(), {
      document: other,
      close: () => popout.dispatchEvent(new Event("pagehide")),
      requestAnimationFrame: (paint: () => void) => frames.push(paint),
    });
    const open = vi.spyOn(window, "open").mockReturnValue(popout as unknown as ReturnType<typeof window.open>);
    await during(() => click(container));
    open.mockRestore();
    expect([container.textContent, other.body.textContent]).toEqual(["", ": 187.1, 187.2"]);
    await during(() => server.publish(routes.trades, { symbol: "AAPL" }, trade("3", 187.3)));
    await during(() => {
      for (const paint of frames.splice(0)) paint();
    });
    expect(other.body.textContent).toBe(": 187.1, 187.2, 187.3");
    await during(() => popout.close());
    expect(container.textContent).toBe("Pop out: 187.1, 187.2, 187.3");
    expect(server.frames.filter(({ type }) => type.startsWith("trades.")).map(({ type }) => type)).toEqual([
      "trades.subscribe",
    ]);
    await end();
  });
});
