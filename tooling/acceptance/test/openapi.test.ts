import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compileErrors, validate } from "@readme/openapi-parser";
import { createConfig, lint } from "@redocly/openapi-core";
import openapiTS, { astToString } from "openapi-typescript";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../../src/run.mjs";
import { Consumer } from "./consumer.js";

const run = promisify(execFile);
const file = join(root, "docs/openapi/openapi.json");
const document = () => JSON.parse(readFileSync(file, "utf8"));

/** Starts the reference server on a free port. @returns its address for HTTP */
async function startServer(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "openapi-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const child: ChildProcess = spawn(process.execPath, [join(root, "apps/server/dist/main.js")], {
    // The format text prints the addresses.
    env: { ...process.env, PORT: "0", AUTH_MODE: "demo", DATA_DIR: folder, LOG_FORMAT: "text", LOG_LEVEL: "error" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const [, address] = line.match(/ws:\/\/([^/\s]+)/) ?? [];
    if (address !== undefined) return `http://${address}`;
  }
  throw new Error("the server printed no address");
}

test("the OpenAPI document is valid for the parser of ReadMe", async () => {
  const result = await validate(document());
  expect(result.valid ? result.warnings : compileErrors(result)).toEqual([]);
});

test("the OpenAPI document has no problem for the linter of Redocly, with its recommended rules", async () => {
  const problems = await lint({ ref: file, config: await createConfig({ extends: ["recommended"] }) });
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
});

test("a client generated from the OpenAPI document places, modifies and cancels an order", async () => {
  const consumer = new Consumer();
  onTestFinished(() => consumer.remove());
  consumer.link("openapi-fetch");
  consumer.link("@types/node");
  writeFileSync(join(consumer.folder, "api.d.ts"), astToString(await openapiTS(document())));
  cpSync(fileURLToPath(new URL("openapi/trader.ts.template", import.meta.url)), join(consumer.folder, "trader.ts"));
  writeFileSync(join(consumer.folder, "package.json"), '{"type":"module"}');
  await consumer.compile("trader.ts");
  const url = await startServer();
  const { stdout } = await run(process.execPath, ["trader.js", url], { cwd: consumer.folder });
  const WORKING = 6;
  const CANCELLED = 1;
  expect(JSON.parse(stdout)).toEqual({
    states: [
      { qty: 3, status: WORKING },
      { qty: 5, status: WORKING },
      { qty: 5, status: CANCELLED },
    ],
    cancelled: 204,
    refused: "not_working",
  });
});
