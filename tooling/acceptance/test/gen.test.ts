import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@trading/ws-client";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { findTool } from "../../src/tools.mjs";
import { Clone, type Outcome } from "./clone.js";

const NAME = "price-alerts";
/** A name that is a reserved word of TypeScript. */
const WORD = "class";

const LIST = "apps/server/src/modules/index.ts";

const clone = new Clone();
const { path } = clone;
afterAll(() => clone.remove());

// Fast, because `npm test` has built the original.
beforeAll(async () => {
  const { status, stdout, stderr } = await clone.run("npm", ["run", "build"]);
  expect(status, stdout + stderr).toBe(0);
});

const gen = (...args: readonly string[]) => clone.run(process.execPath, ["tooling/gen.mjs", ...args]);
const list = () => readFileSync(join(path, LIST), "utf8");

/** Returns the lines of a check about the generated modules. */
const aboutThem = ({ stdout, stderr }: Outcome) =>
  `${stdout}${stderr}`
    .split("\n")
    .filter((line) => line.includes(`/${NAME}`) || line.includes(`/${WORD}`) || line.includes(LIST));

describe("npm run gen module", () => {
  test.each([
    ["broker", "apps/server/src/modules/broker exists; choose another name, or remove it first."],
    ["PriceAlerts", "use lower-case words with hyphens, as in price-alerts."],
    ["price_alerts", "use lower-case words with hyphens, as in price-alerts."],
    ["../alerts", "use lower-case words with hyphens, as in price-alerts."],
    ["2fa", "use lower-case words with hyphens, as in price-alerts."],
    ["", "use lower-case words with hyphens, as in price-alerts."],
    ["all", "ENABLED_MODULES uses it for all modules; choose another name."],
    ["auth", "the server uses /api/v1/auth itself; choose another name."],
    ["orders", "the protocol has a route with this name; choose another name."],
  ])("rejects the name %j", async (name, why) => {
    const before = list();
    expect(await gen("module", "--name", name)).toEqual({
      status: 1,
      stdout: "",
      stderr: `gen: invalid name ${JSON.stringify(name)}: ${why}\n`,
    });
    expect(list()).toBe(before);
  });

  test("prints its usage", async () => {
    const { status, stdout } = await gen("--help");
    expect(status).toBe(0);
    expect(stdout).toContain("npm run gen module -- --name price-alerts");
    for (const args of [[], ["modul"], ["module"], ["module", "a", "b"], ["module", "--nam", "a"]]) {
      const { status, stderr } = await gen(...args);
      expect(status, args.join(" ")).toBe(1);
      expect(stderr, args.join(" ")).toMatch(/^gen: .*\.\n$/);
    }
  });

  test("writes a module with its tests, and prints the next steps", async () => {
    const { status, stdout } = await clone.run("npm", ["run", "--silent", "gen", "module", "--", "--name", NAME]);
    expect(status).toBe(0);
    const written = [...stdout.matchAll(/^apps\S+/gm)].map(([file]) => file);
    expect(written).toContain(`apps/server/src/modules/${NAME}/route.ts`);
    for (const file of written) expect(existsSync(join(path, file)), file).toBe(true);
    expect(stdout).toContain(`npm test -- apps/server/test/modules/${NAME}`);
    expect(await gen("module", NAME)).toMatchObject({ status: 1, stderr: expect.stringContaining("exists") });
  });

  test.skipIf(!findTool("python"))("asks for the name where none is given", async () => {
    const inTerminal = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
    const args = ["-c", inTerminal, process.execPath, "tooling/gen.mjs", "module"];
    const { status, stdout } = await clone.run(findTool("python") as string, args, { input: `${WORD}\n` });
    expect(stdout).toContain("Name of the module, such as price-alerts: ");
    expect(status).toBe(0);
    expect(readdirSync(join(path, "apps/server/src/modules", WORD))).toHaveLength(5);
  });
});

// The stages of `npm run check` that a module can fail. It does not affect packages and sizes.
describe("the generated module", () => {
  test("type-checks", async () => {
    expect(aboutThem(await clone.checkTypes("apps/server/tsconfig.json"))).toEqual([]);
  });

  test("is formatted and linted", async () => {
    const files = [
      LIST,
      ...[NAME, WORD].flatMap((name) => [`apps/server/src/modules/${name}`, `apps/server/test/modules/${name}`]),
    ];
    const { status, stderr } = await clone.run("biome", ["ci", "--error-on-warnings", ...files]);
    expect(status, stderr).toBe(0);
  });

  test("has no dead code", async () => {
    const outcome = await clone.run("knip", ["--no-progress"]);
    expect(aboutThem(outcome)).toEqual([]);
  });

  test("passes its own tests", async () => {
    const { status, stdout, stderr } = await clone.run("vitest", [
      "run",
      "--project",
      "server",
      `test/modules/${NAME}`,
      `test/modules/${WORD}`,
    ]);
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/Test Files\s+4 passed/);
  });

  test("builds, and is served as the only module", async () => {
    const { status, stdout, stderr } = await clone.run("npm", ["run", "build"]);
    expect(status, stdout + stderr).toBe(0);
    const env = { AUTH_MODE: "demo", ENABLED_MODULES: NAME };
    const { http, ws, stop } = await clone.start(process.execPath, ["apps/server/dist/main.js"], env);
    onTestFinished(stop);
    const { paths } = (await (await fetch(`${http}/api/v1/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(paths)).toContain(`/api/v1/${NAME}/notes/{symbol}`);

    const { priceAlertsRoute } = await import(join(path, `apps/server/src/modules/${NAME}/route.ts`));
    const client = createClient({ url: ws, WebSocket });
    onTestFinished(() => client.close());
    const notes = client.stream(priceAlertsRoute, { accountId: "TEST-001" });
    const written = await fetch(`${http}/api/v1/${NAME}/notes/AAPL?accountId=TEST-001`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: "sold half" }),
    });
    const note = { symbol: "AAPL", text: "sold half", time: expect.any(Number) };
    expect([written.status, await written.json()]).toEqual([200, note]);
    expect(await notes.next()).toEqual({ done: false, value: note });
  });
});
