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
  "packages/ws-server/src/server/endpoints.ts": 'import "../legacy/dialect.js";',
  "packages/ws-server/src/connection/connection.ts": 'import "../legacy/dialect.js";',
  "packages/ws-server/src/legacy/dialect.ts": "export {};",
  "packages/ws-client/src/index.ts": 'import "react"; import "zod"; import "./subscriptions/stream.js";',
  "packages/ws-client/src/subscriptions/stream.ts": 'import "../stores/store.js";',
  "packages/ws-client/src/stores/store.ts": 'import "../subscriptions/listener.js"; import "../react/hook.js";',
  "packages/ws-client/src/subscriptions/listener.ts": "export {};",
  "packages/ws-client/src/react/hook.ts": 'import "react"; import "./provider.js";',
  "packages/ws-client/src/react/provider.ts": "export {};",
  "packages/ws-client/src/vue/use-topic.ts": 'import "../react/hook.js";',
  "apps/server/src/app.ts": 'import "fastify"; import "../test/helper.js";',
  "apps/server/src/http/http-server.ts": 'import "fastify";',
  "apps/server/src/market/market.ts": "export {};",
  "apps/server/src/modules/broker/broker.ts": 'import "../datafeed/service.js"; import "./engine/engine.js";',
  "apps/server/src/modules/broker/engine/engine.ts":
    'import "../../../market/market.js"; import "../../../http/query.js";',
  "apps/server/src/modules/datafeed/service.ts":
    'import "../broker/engine/orders.js"; import "../../market/market.js";',
  "apps/server/src/modules/broker/engine/orders.ts": "export {};",
  "apps/server/src/http/query.ts": "export {};",
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
    "broker-imports-no-datafeed: apps/server/src/modules/broker/broker.ts → apps/server/src/modules/datafeed/service.ts",
    "client-without-zod: packages/ws-client/src/index.ts → node_modules/zod/index.js",
    "core-imports-no-entry: packages/ws-client/src/subscriptions/stream.ts → packages/ws-client/src/stores/store.ts",
    "datafeed-imports-no-broker: apps/server/src/modules/datafeed/service.ts → apps/server/src/modules/broker/engine/orders.ts",
    "engine-is-pure: apps/server/src/modules/broker/engine/engine.ts → apps/server/src/http/query.ts",
    "entry-without-framework: packages/ws-client/src/stores/store.ts → packages/ws-client/src/react/hook.ts",
    "fastify-in-one-place: apps/server/src/app.ts → node_modules/fastify/index.js",
    "frameworks-apart: packages/ws-client/src/vue/use-topic.ts → packages/ws-client/src/react/hook.ts",
    "legacy-apart: packages/ws-server/src/connection/connection.ts → packages/ws-server/src/legacy/dialect.ts",
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
