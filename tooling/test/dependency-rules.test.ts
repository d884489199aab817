import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../src/run.mjs";

/** Files that break the rules of .dependency-cruiser.mjs, and one that does not. */
const FILES = {
  "packages/topic/src/index.ts": 'import "zod"; import "./topic.js";',
  "packages/topic/src/topic.ts": 'import type { Route } from "./route.js"; import "./route.js"; export type A = Route;',
  "packages/topic/src/route.ts": 'import "ws"; export type Route = string;',
  "packages/ws-server/src/one.ts": 'import type { Other } from "./other.js"; export type One = Other;',
  "packages/ws-server/src/other.ts": 'import type { One } from "./one.js"; export type Other = One;',
  "packages/ws-server/src/topics/topic.ts": 'import "../../../ws-client/src/index.js"; import "ws"; import "missing";',
  "packages/ws-server/src/transports/ws.ts": 'import "ws";',
  "packages/ws-client/src/index.ts": 'import "react"; import "zod";',
  "packages/ws-client/src/react/hook.ts": 'import "react";',
  "apps/server/src/app.ts": 'import "fastify"; import "../test/helper.js";',
  "apps/server/src/http/http-server.ts": 'import "fastify";',
  "apps/server/test/helper.ts": "export {};",
};

let folder: string;
let output: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rules-"));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(FILES)) write(path, text);
  for (const library of ["zod", "ws", "react", "fastify"]) {
    write(`node_modules/${library}/package.json`, JSON.stringify({ name: library, main: "index.js" }));
    write(`node_modules/${library}/index.js`, "");
  }
  write("package.json", JSON.stringify({ dependencies: { zod: "1", ws: "1", react: "1", fastify: "1" } }));
  const config = join(root, ".dependency-cruiser.mjs");
  const args = ["--config", config, "--output-type", "json", "packages", "apps"];
  const command = join(root, "node_modules/.bin/depcruise");
  const { summary } = JSON.parse(execFileSync(command, args, { cwd: folder, encoding: "utf8" }));
  output = summary.violations.map(({ rule, from, to }: Violation) => `${rule.name}: ${from} → ${to}`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

test("each broken rule is reported, and nothing else", () => {
  expect(output.toSorted()).toEqual([
    "client-without-zod: packages/ws-client/src/index.ts → node_modules/zod/index.js",
    "fastify-in-one-place: apps/server/src/app.ts → node_modules/fastify/index.js",
    "no-cycle: packages/ws-server/src/one.ts → packages/ws-server/src/other.ts",
    "not-found: packages/ws-server/src/topics/topic.ts → missing",
    "react-in-one-place: packages/ws-client/src/index.ts → node_modules/react/index.js",
    "server-imports-topic-only: packages/ws-server/src/topics/topic.ts → packages/ws-client/src/index.ts",
    "sources-import-no-test: apps/server/src/app.ts → apps/server/test/helper.ts",
    "topic-imports-zod-only: packages/topic/src/route.ts → node_modules/ws/index.js",
    "ws-in-one-place: packages/topic/src/route.ts → node_modules/ws/index.js",
    "ws-in-one-place: packages/ws-server/src/topics/topic.ts → node_modules/ws/index.js",
    "zod-free-imports-zod-free: packages/topic/src/topic.ts → packages/topic/src/route.ts",
  ]);
});
