import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, expect, test, vi } from "vitest";
import type { Broker, BrokerHost, Datafeed } from "../../src/tradingview/index.js";
import { FakeHost } from "./fake-host.js";

const page = readFileSync(new URL("../../docs/tradingview.md", import.meta.url), "utf8");
const folder = fileURLToPath(new URL(".snippets/docs/", import.meta.url));
mkdirSync(folder, { recursive: true });

/** The page's code blocks, written to files that import the sources. */
const files = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text], index) => {
  const file = `${folder}${index}.ts`;
  const local = text
    ?.replaceAll('"@trading/ws-client"', '"../../../../src/index.js"')
    .replaceAll(/"@trading\/ws-client\/(rest|tradingview)"/g, '"../../../../src/$1/index.js"');
  writeFileSync(file, `${local}\nexport {};\n`);
  return file;
});

afterAll(() => {
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true, force: true });
});

test("type-checks the code blocks", () => {
  const project = fileURLToPath(new URL("../..", import.meta.url));
  const { config } = ts.readConfigFile(`${project}/tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, project);
  const program = ts.createProgram(files, options);
  // Of the code blocks only: to check the sources too takes longer.
  const problems = files
    .flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));

  expect([files.length, problems]).toEqual([1, []]);
});

test("creates a widget with a datafeed and a broker", async () => {
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
