import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, expect, test, vi } from "vitest";
import type { Broker, BrokerHost, Datafeed } from "../../src/tradingview/index.js";
import { FakeHost } from "./fake-host.js";

const page = readFileSync(new URL("../../docs/tradingview.md", import.meta.url), "utf8");
const folder = fileURLToPath(new URL(".snippets/docs/", import.meta.url));
mkdirSync(folder, { recursive: true });

/** The page's blocks as files that import the sources. */
const files = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text], index) => {
  const file = `${folder}${index}.ts`;
  const local = text
    ?.replaceAll('"@trading/ws-client"', '"../../../../src/index.js"')
    .replaceAll('"@trading/ws-client/tradingview"', '"../../../../src/tradingview/index.js"');
  writeFileSync(file, `${local}\nexport {};\n`);
  return file;
});

afterAll(() => {
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true, force: true });
});

test("the blocks have the types they seem to have", () => {
  const project = fileURLToPath(new URL("../..", import.meta.url));
  const { config } = ts.readConfigFile(`${project}/tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, project);
  const program = ts.createProgram(files, options);
  const problems = ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file?.fileName.startsWith(folder))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));

  expect([files.length, problems]).toEqual([2, []]);
});

test("the first block makes a widget with a datafeed and a broker", async () => {
  const made: { datafeed: Datafeed; broker_factory(host: BrokerHost): Broker }[] = [];
  let resets = 0;
  class Widget {
    constructor(options: (typeof made)[number]) {
      made.push(options);
    }

    activeChart() {
      return { resetData: () => resets++ };
    }
  }
  vi.stubGlobal("TradingView", { widget: Widget });
  await import(/* @vite-ignore */ files[0] as string);
  const [options] = made;
  const broker = options?.broker_factory(new FakeHost());
  broker?.destroy();
  options?.datafeed.destroy();

  expect(broker?.currentAccount()).toBe("DEMO-1");
  expect(resets).toBe(0);
});

test("the second block prints what it says", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await import(/* @vite-ignore */ files[1] as string);
  const printed = log.mock.calls.map((values) => values.join(" "));
  log.mockRestore();

  expect(printed).toEqual([...page.matchAll(/console\.log\(.*\);\s*\/\/ (.*)$/gm)].map(([, line]) => line));
});

test("the page names the routes that are asked", async () => {
  const source = readFileSync(new URL("../../src/rest/rest.ts", import.meta.url), "utf8");
  const routes = [...source.matchAll(/\/\*\* `(\w+ [\w/{}]+)/g)].map(([, route]) => route as string);

  expect(routes).toHaveLength(18);
  for (const route of routes) expect(page).toContain(route);
});
