import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../src/run.mjs";
import { Consumer, type TypeScript } from "./consumer.js";
import { MISTAKES, MISTAKES_OF_THE_COMPILER, PROGRAM } from "./typed-program.js";

/** An expression for each entry point of each package, which must be true for a consumer. */
const USES: Record<string, readonly [entry: string, names: string, holds: string][]> = {
  topic: [
    [
      "@trading/topic",
      "quotes, buildTopicParams, float",
      `buildTopicParams({ b: null, a: float(1) }) === '{"a":1.0,"b":""}'`,
    ],
    ["@trading/topic/checked-shapes", "bars", 'bars.parseParams({ symbol: "A", resolution: "1" }).symbol === "A"'],
    ["@trading/topic/shapes", "trades", `trades.buildTopic({ symbol: "A" }) === 'trades:{"symbol":"A"}'`],
    [
      "@trading/topic/retention",
      "Retention",
      'new Retention({ key: undefined, snapshot: "none", keep: {} }, { monotonic: () => 0 }).start() === 0',
    ],
    ["@trading/topic/testing", "ManualClock", "new ManualClock(5).now() === 5"],
  ],
  "topic-conformance": [["@trading/topic-conformance", "loadVectors", "loadVectors().cases.length >= 2000"]],
  codegen: [["@trading/codegen", "generate", 'typeof generate === "function"']],
  "ws-server": [
    ["@trading/ws-server", "createServer", 'typeof createServer === "function"'],
    ["@trading/ws-server/testing", "ManualClock", "new ManualClock(5).now() === 5"],
  ],
  "ws-client": [
    ["@trading/ws-client", "createClient", 'typeof createClient === "function"'],
    ["@trading/ws-client/compact", "compact", 'compact().parse("{}") instanceof Object'],
    ["@trading/ws-client/react", "useTopic", 'typeof useTopic === "function"'],
    ["@trading/ws-client/rest", "createRest", 'typeof createRest === "function"'],
    ["@trading/ws-client/devtools", "ClientDevtools", 'typeof ClientDevtools === "function"'],
    ["@trading/ws-client/testing", "ManualClock", "new ManualClock().pending === 0"],
    ["@trading/ws-client/hydration", "HydrationBoundary", 'typeof HydrationBoundary === "function"'],
    ["@trading/ws-client/ssr", "prefetchTopic", 'typeof prefetchTopic === "function"'],
    ["@trading/ws-client/stores", "createBarHistory", 'typeof createBarHistory === "function"'],
    ["@trading/ws-client/svelte", "provideClient", 'typeof provideClient === "function"'],
    ["@trading/ws-client/tabs", "createSharedClient", 'typeof createSharedClient === "function"'],
    ["@trading/ws-client/tradingview", "createDatafeed", 'typeof createDatafeed === "function"'],
    ["@trading/ws-client/vue", "clientKey", 'typeof clientKey === "symbol"'],
  ],
};

/** The packages that other programs import. create-trading-app is only a command: it has its own tests. */
const packages = readdirSync(join(root, "packages")).filter(
  (name) => name !== "create-trading-app" && existsSync(join(root, "packages", name, "package.json")),
);
const consumer = new Consumer();
/** Problems with the types of all packages, which one program for each kind of consumer finds: it reads the libraries once. */
const problems = { node16: "", node10: "" };

beforeAll(async () => {
  await Promise.all(packages.map((name) => consumer.install(name)));
  for (const types of ["@types/node", "@types/ws", "@types/react"]) consumer.link(types);
  const common = ["--types", "node", "--skipLibCheck"];
  problems.node16 = await consumer.typeCheck(
    ["--module", "node16", ...common],
    Object.fromEntries(packages.flatMap((name) => ["mts", "cts"].map((type) => [`${name}.${type}`, usesOf(name)]))),
  );
  problems.node10 = await consumer.typeCheck(
    ["--module", "commonjs", "--moduleResolution", "node10", ...common],
    Object.fromEntries(packages.map((name) => [`${name}-node10.ts`, [...entriesOf(name), usesOf(name)].join("\n")])),
  );
});

afterAll(() => consumer.remove());

interface Manifest {
  readonly exports: Record<string, unknown>;
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(consumer.path("@trading", name, "package.json"), "utf8"));

test("every package is tested", () => expect(Object.keys(USES).sort()).toEqual([...packages].sort()));

test("@trading/topic contains PROTOCOL.md", () => {
  const shipped = readFileSync(consumer.path("@trading/topic/dist/PROTOCOL.md"), "utf8");
  expect(shipped).toBe(readFileSync(join(root, "PROTOCOL.md"), "utf8"));
});

describe.each(packages)("@trading/%s, packed", (name) => {
  const uses = USES[name] ?? [];

  test("does not depend on workspace versions", () => {
    expect(readFileSync(consumer.path("@trading", name, "package.json"), "utf8")).not.toContain("workspace:");
  });

  test("contains its README, license, source maps and declarations", () => {
    const files = readdirSync(consumer.path("@trading", name), { recursive: true }).map(String);
    expect(files).toEqual(
      expect.arrayContaining([
        "README.md",
        "dist/esm/index.js",
        "dist/esm/index.js.map",
        "dist/esm/index.d.ts",
        "dist/esm/index.d.ts.map",
        "dist/cjs/index.js",
        "dist/cjs/index.d.ts",
        "src/index.ts",
      ]),
    );
    expect(
      files.filter((path) => /(^|\/)(test|node_modules|__pycache__)(\/|$)/.test(path) && !path.startsWith("python/")),
    ).toEqual([]);
  });

  test("works by import", async () => {
    const lines = uses.map(([entry, names]) => `import { ${names} } from "${entry}";`);
    await consumer.run(`${name}.mjs`, [...lines, ...uses.map(asserted)].join("\n"));
  });

  test("works by require", async () => {
    const lines = uses.map(([entry, names]) => `const { ${names} } = require("${entry}");`);
    await consumer.run(`${name}.cjs`, [...lines, ...uses.map(asserted)].join("\n"));
  });

  test("has types for ESM and CommonJS", () => expect(about(name, problems.node16)).toEqual([]));

  test("has types of every subpath for moduleResolution: node", () => expect(about(name, problems.node10)).toEqual([]));
});

test("the types of all packages have no other problems", () => {
  expect(problems).toEqual({ node16: "", node10: "" });
});

describe.each<TypeScript>(["typescript-5.0", "typescript-5.4", "typescript"])("%s", (version) => {
  const options = ["--module", "node16", "--types", "node", "--skipLibCheck"];

  test("checks a program, and reports a wrong argument in one line, where it is", async () => {
    const files = { "program.mts": PROGRAM, "mistakes.mts": MISTAKES };
    const found = (await consumer.typeCheck(options, files, version)).trim().split("\n");
    expect(found.map(withoutCode)).toEqual(MISTAKES_OF_THE_COMPILER);
  });
});

/** Removes the number of an error, which differs between versions of TypeScript. */
const withoutCode = (line: string): string => line.replace(/error TS\d+: /, "");

test("trading-codegen writes routes", async () => {
  const spec = join(root, "docs/asyncapi/asyncapi-3.0.0.json");
  await consumer.node([consumer.path("@trading/codegen/bin/trading-codegen.js"), "--spec", spec, "--out", "routes.ts"]);
  expect(readFileSync(join(consumer.folder, "routes.ts"), "utf8")).toContain("export const bars");
});

/** Returns a program that imports and exports what `USES` names. @param name of a package */
function usesOf(name: string): string {
  const lines = USES[name]?.map(
    ([entry, names], at) => `import { ${names} } from "${entry}";\nexport const used${at} = [${names}];`,
  );
  return lines?.join("\n") ?? "";
}

/** Returns an export of each entry point. @param name of a package */
function entriesOf(name: string): readonly string[] {
  const entries = Object.keys(manifestOf(name).exports).filter((entry) => entry !== "./package.json");
  return entries.map((entry, at) => `export * as entry${at} from "@trading/${join(name, entry)}";`);
}

/** Returns the problems in the programs of a package. */
function about(name: string, output: string): readonly string[] {
  return output.split("\n").filter((line) => [".", "-node10."].some((end) => line.startsWith(name + end)));
}

function asserted([entry, , holds]: readonly [string, string, string]): string {
  return `if (!(${holds})) throw new Error(${JSON.stringify(`${entry}: ${holds}`)});`;
}
