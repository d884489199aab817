import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@trading/ws-server";
import { ManualClock } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { accessByClaims } from "../../src/auth/access.js";
import { openApiDocument } from "../../src/documents/open-api.js";
import { createHttpServer } from "../../src/http/http-server.js";
import { registerOpenApi, serveDocs } from "../../src/http/open-api.js";
import { Refusals } from "../../src/http/refusals.js";
import { Datafeed } from "../../src/modules/datafeed/service.js";
import { SimulatedSource } from "../../src/modules/datafeed/sources/simulated/source.js";
import { Ledger } from "../fixtures/ledger.js";
import { getJson, serveModules, silent, startApp } from "../helpers.js";

// The script imports the server's build, which `npm test` makes.
const TOOL = fileURLToPath(new URL("../../../../tooling/export-openapi.mjs", import.meta.url));

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [TOOL, ...args], (_error, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

interface Document {
  readonly openapi: string;
  readonly tags: readonly object[];
  readonly components: { readonly schemas: object };
  readonly paths: Record<string, Record<string, Documented>>;
}

interface Documented {
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly responses: object;
}

/** The names of the types in a generated client. */
const SCHEMAS = [
  "Account",
  "Bar",
  "Bars",
  "BracketsRequest",
  "ChartConfiguration",
  "DemoToken",
  "Execution",
  "FoundSymbol",
  "Health",
  "Leverage",
  "LeveragePreview",
  "LeverageRequest",
  "LeverageSet",
  "Order",
  "OrderPlaced",
  "OrderPreview",
  "OrderRequest",
  "Position",
  "Problem",
  "Quote",
  "QuotesRequest",
  "ServerTime",
  "SymbolInfo",
  "Trade",
  "Trades",
  "Versions",
];

test("describes every endpoint with its responses and errors", async () => {
  const { openapi, components, paths } = (await openApiDocument()) as Document;
  expect(openapi).toBe("3.1.0");
  expect(Object.keys(components.schemas).sort()).toEqual(SCHEMAS);
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(["/api/v1/health", "/api/v1/auth/demo-token"]));
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { summary, responses }] of Object.entries(methods)) {
      const name = `${method} ${path}`;
      expect(path, name).toMatch(/^\/api\/v1\//);
      expect(summary, name).toEqual(expect.any(String));
      expect(Object.keys(responses), name).toEqual(expect.arrayContaining([expect.stringMatching(/^2/), "4XX", "5XX"]));
    }
  }
});

test("has a unique operationId for each endpoint, says which need a token, and has tags without other members", async () => {
  const { paths, tags } = (await openApiDocument()) as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(operations.length);
  expect(ids).toContain("placeOrder");
  for (const { path, operationId, security } of operations) {
    expect(operationId, path).toMatch(/^[a-z][a-zA-Z]+$/);
    expect(security, path).toEqual(path.startsWith("/api/v1/broker/") ? [{ bearer: [] }] : []);
  }
  for (const tag of tags) expect(Object.keys(tag)).toEqual(["name", "description"]);
});

test("names an operation after its method and path if its module does not", async () => {
  const { app } = await serveModules([new Ledger()], { access: accessByClaims(() => Promise.reject(new Error())) });
  const { paths } = app.openApi() as Document;
  expect(
    Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId)),
  ).toEqual(expect.arrayContaining(["getLedgerBalance", "putLedgerNotesById"]));
});

test("is served with a page that loads all of its files from this server", async () => {
  const clock = new ManualClock();
  const { http } = await startApp(new Datafeed(new SimulatedSource("1", clock)), clock);
  const { body } = await getJson<Document>(`${http}/api/v1/openapi.json`);
  expect(Object.keys(body.paths)).toContain("/api/v1/datafeed/bars");
  const page = await fetch(`${http}/api/v1/docs`);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'");
  const addresses = Array.from((await page.text()).matchAll(/(?:src|href)="([^"]+)"/g), ([, address]) => address);
  expect(addresses.length).toBeGreaterThan(3);
  for (const address of addresses) {
    expect(address).toMatch(/^\/api\/v1\/docs\//);
    const file = await fetch(http + address);
    expect([file.status, (await file.arrayBuffer()).byteLength > 0]).toEqual([200, true]);
  }
});

test("is written by npm run generate, and compared with --check", async () => {
  const directory = mkdtempSync(join(tmpdir(), "openapi-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const out = join(directory, "openapi.json");
  expect(await run("--out", out)).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(readFileSync(out, "utf8"))).toEqual(await openApiDocument());
  expect(await run("--out", out, "--check")).toMatchObject({ status: 0, stderr: "" });
  writeFileSync(out, "{}");
  const changed = await run("--out", out, "--check");
  expect(changed).toMatchObject({ status: 1, stderr: expect.stringContaining("Run npm run generate.") });
  expect(readFileSync(out, "utf8")).toBe("{}");
  expect(await run("--bogus")).toMatchObject({ status: 1, stderr: expect.stringContaining("--bogus") });
});

test("docs/openapi contains the server's document", async () => {
  const file = fileURLToPath(new URL("../../../../docs/openapi/openapi.json", import.meta.url));
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(await openApiDocument());
});

test("writes the OpenAPI document once for all replies", async () => {
  const refusals = new Refusals(systemClock, silent);
  const { http } = createHttpServer({}, { clock: systemClock, refusals });
  const sent: unknown[] = [];
  http.addHook("onSend", async (_request, _reply, payload) => {
    sent.push(payload);
    return payload;
  });
  await registerOpenApi(http, { title: "Title", version: "1", tags: [] });
  await serveDocs(http, "");
  for (const url of ["/openapi.json", "/openapi.json", "/docs/json"]) {
    const reply = await http.inject(url);
    expect(reply.json()).toMatchObject({ openapi: "3.1.0" });
    expect(reply.headers["content-type"]).toBe("application/json; charset=utf-8");
  }
  expect(sent[0]).toBeInstanceOf(Buffer);
  expect(sent.every((payload) => payload === sent[0])).toBe(true);
});
