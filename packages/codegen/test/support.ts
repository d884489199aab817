import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RouteShape } from "@trading/topic/shapes";
import * as shapes from "@trading/topic/shapes";
import { asyncApiDocument } from "@trading/ws-server";
import ts from "typescript";
import { onTestFinished } from "vitest";
import { service } from "../../ws-server/test/async-api/service.js";
import { type Generated, type GenerateOptions, generate } from "../src/generate.js";
import { main } from "../src/main.js";

/** The AsyncAPI document of the test service, which has every route and an operation. */
export function serverDocument(version: "2.4.0" | "3.0.0"): object {
  return asyncApiDocument(service, version);
}

/** An AsyncAPI 2 document with these messages in one channel, as FastWS writes it. */
export function document2(messages: { readonly [type: string]: unknown }, schemas: object = {}): object {
  const isOfClient = (type: string) => !/\.(response|update)$/.test(type);
  const oneOf = (keep: (type: string) => boolean) => ({
    message: {
      oneOf: Object.keys(messages)
        .filter(keep)
        .map((type) => ({ $ref: `#/components/messages/${type}` })),
    },
  });
  return {
    asyncapi: "2.4.0",
    info: { title: "A test", version: "1" },
    channels: { "/": { publish: oneOf(isOfClient), subscribe: oneOf((type) => !isOfClient(type)) } },
    components: { messages, schemas },
  };
}

/** The messages of one route with these parameters and updates. */
export function routeMessages(
  name: string,
  params: unknown,
  update: unknown = { type: "object" },
): { [type: string]: object } {
  return {
    [`${name}.subscribe`]: frame(`${name}.subscribe`, params),
    [`${name}.update`]: frame(`${name}.update`, {
      type: "object",
      required: ["topic", "payload"],
      properties: { topic: { type: "string" }, payload: update },
    }),
  };
}

/** A message with this payload in its frame. */
export function frame(type: string, payload: unknown): { readonly [member: string]: unknown } {
  return {
    name: type,
    payload: { type: "object", required: ["type", "payload"], properties: { type: { const: type }, payload } },
  };
}

/** An object schema with all members required. */
export function objectOf(properties: { readonly [name: string]: unknown }): object {
  return { type: "object", required: Object.keys(properties), properties };
}

export function generated(document: unknown, options: Partial<GenerateOptions> = {}): Promise<Generated> {
  const base = { from: "a test", keys: new Map(), required: new Map(), skipUnsupported: false };
  return generate(document, { ...base, ...options });
}

/** Creates a folder that is removed after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "trading-codegen-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** Runs the command line in this process. */
export async function call(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(args, { out: (text) => out.push(text), err: (text) => err.push(text) });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

const OPTIONS: ts.CompilerOptions = {
  ...ts.convertCompilerOptionsFromJson(
    JSON.parse(readFileSync(new URL("../../../tooling/tsconfig/base.json", import.meta.url), "utf8")).compilerOptions,
    "",
  ).options,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
  types: [],
  noEmit: true,
};

/** Type-checks a generated module with the options of a strict project, and returns the diagnostics. */
export function diagnosticsOf(text: string): readonly string[] {
  const path = fileURLToPath(new URL("virtual.generated.ts", import.meta.url));
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === path || fileExists(file);
  host.getSourceFile = (file, ...rest) =>
    file === path ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022) : getSourceFile(file, ...rest);
  const program = ts.createProgram([path], OPTIONS, host);
  const source = program.getSourceFile(path);
  const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

/** Runs a generated module. Returns its exports and the kinds of its statements. */
export function run(text: string): {
  readonly exports: { readonly [name: string]: RouteShape<object> };
  names: string[];
} {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports = {};
  new Function("require", "exports", outputText)(() => shapes, exports);
  const { statements } = ts.createSourceFile("x.ts", text, ts.ScriptTarget.ES2022);
  return { exports, names: statements.map((statement) => ts.SyntaxKind[statement.kind] ?? "") };
}
