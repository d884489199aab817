import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../src/run.mjs";

const run = promisify(execFile);

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
    ["@trading/ws-client/react", "useTopic", 'typeof useTopic === "function"'],
    ["@trading/ws-client/rest", "createRest", 'typeof createRest === "function"'],
    ["@trading/ws-client/devtools", "ClientDevtools", 'typeof ClientDevtools === "function"'],
    ["@trading/ws-client/testing", "ManualClock", "new ManualClock().pending === 0"],
    ["@trading/ws-client/tradingview", "createDatafeed", 'typeof createDatafeed === "function"'],
  ],
};

const packages = readdirSync(join(root, "packages"));
/** A folder outside of the workspace, so that imports resolve as they do for a consumer. */
const consumer = mkdtempSync(join(tmpdir(), "consumer-"));
const modules = join(consumer, "node_modules");

beforeAll(async () => {
  mkdirSync(join(modules, "@trading"), { recursive: true });
  await Promise.all(packages.map(installFromTarball));
  for (const types of ["@types/node", "@types/ws", "@types/react"])
    link(types, fileURLToPath(new URL("..", import.meta.url)));
}, 120_000);

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

async function installFromTarball(name: string): Promise<void> {
  const from = join(root, "packages", name);
  const unpacked = join(modules, "@trading", name);
  mkdirSync(unpacked);
  const { stdout } = await run(
    join(root, "node_modules/.bin/pnpm"),
    ["pack", "--json", "--pack-destination", consumer],
    {
      cwd: from,
    },
  );
  const { filename } = JSON.parse(stdout) as { filename: string };
  await run("tar", ["-xzf", filename, "-C", unpacked, "--strip-components=1"]);
  // Dependencies are linked from this installation, so that the test needs no network.
  const { dependencies = {}, peerDependencies = {} } = manifestOf(name);
  for (const dependency of [...Object.keys(dependencies), ...Object.keys(peerDependencies)]) {
    if (!dependency.startsWith("@trading/")) link(dependency, from);
  }
}

/** Links an installed dependency of a workspace package into the consumer.  */
function link(dependency: string, from: string): void {
  const to = join(modules, dependency);
  mkdirSync(dirname(to), { recursive: true });
  if (!existsSync(to)) symlinkSync(realpathSync(join(from, "node_modules", dependency)), to);
}

function manifestOf(name: string): {
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  exports: Record<string, unknown>;
} {
  return JSON.parse(readFileSync(join(modules, "@trading", name, "package.json"), "utf8"));
}

test("every package is tested", () => expect(Object.keys(USES).sort()).toEqual([...packages].sort()));

test("@trading/topic contains PROTOCOL.md", () => {
  const shipped = readFileSync(join(modules, "@trading/topic/dist/PROTOCOL.md"), "utf8");
  expect(shipped).toBe(readFileSync(join(root, "PROTOCOL.md"), "utf8"));
});

describe.each(packages)("@trading/%s, packed", (name) => {
  const uses = USES[name] ?? [];
  const file = (extension: string) => join(consumer, `${name}.${extension}`);

  test("does not depend on workspace versions", () => {
    expect(readFileSync(join(modules, "@trading", name, "package.json"), "utf8")).not.toContain("workspace:");
  });

  test("contains its README, license, source maps and declarations", () => {
    const files = readdirSync(join(modules, "@trading", name), { recursive: true }).map(String);
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
    writeFileSync(file("mjs"), [...lines, ...uses.map(asserted)].join("\n"));
    await run(process.execPath, [file("mjs")], { cwd: consumer });
  });

  test("works by require", async () => {
    const lines = uses.map(([entry, names]) => `const { ${names} } = require("${entry}");`);
    writeFileSync(file("cjs"), [...lines, ...uses.map(asserted)].join("\n"));
    await run(process.execPath, [file("cjs")], { cwd: consumer });
  });

  test("has types for ESM and CommonJS", async () => {
    const lines = uses.map(
      ([entry, names], at) => `import { ${names} } from "${entry}";\nexport const used${at} = [${names}];`,
    );
    for (const extension of ["mts", "cts"]) writeFileSync(file(extension), lines.join("\n"));
    const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc", { paths: [root] });
    const options = [
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "node16",
      "--target",
      "es2022",
      "--types",
      "node",
    ];
    await run(process.execPath, [tsc, ...options, file("mts"), file("cts")], { cwd: consumer });
  });
});

test("trading-codegen writes routes", async () => {
  const bin = join(modules, "@trading/codegen/bin/trading-codegen.js");
  const spec = join(root, "docs/asyncapi/asyncapi-3.0.0.json");
  await run(process.execPath, [bin, "--spec", spec, "--out", join(consumer, "routes.ts")]);
  expect(readFileSync(join(consumer, "routes.ts"), "utf8")).toContain("export const bars");
});

function asserted([entry, , holds]: readonly [string, string, string]): string {
  return `if (!(${holds})) throw new Error(${JSON.stringify(`${entry}: ${holds}`)});`;
}
