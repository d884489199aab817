// @vitest-environment happy-dom

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, expect, test, vi } from "vitest";
import { type Component, createApp } from "vue";
import { compileScript, parse } from "vue/compiler-sfc";
import { createClient } from "../../src/index.js";
import { clientKey } from "../../src/vue/index.js";
import { EXAMPLE_PROPS, exampleServer } from "../helpers/document-examples.js";

const project = join(import.meta.dirname, "../..");
const folder = join(import.meta.dirname, ".snippets/");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles the code blocks of a page to modules that import the sources. */
function snippetsOf(page: string) {
  const blocks = readFileSync(join(project, page), "utf8").matchAll(/^```vue\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, block = ""], index) => {
    const name = `${page.replace("/", "-")}-${index}`;
    const { descriptor, errors } = parse(block, { filename: `${name}.vue` });
    expect(errors).toEqual([]);
    const { content } = compileScript(descriptor, { id: name, inlineTemplate: true });
    const { outputText } = ts.transpileModule(content, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    const file = join(folder, `${name}.mjs`);
    const local = outputText.replaceAll(
      /"@trading\/ws-client(\/\w+)?"/g,
      (_, entry = "") => `"../../../src${entry}/index.js"`,
    );
    writeFileSync(file, local);
    return { file, name, shows: /^<!-- → (.*) -->$/m.exec(block)?.[1] };
  });
}

const snippets = ["README.md", "docs/vue.md"].flatMap(snippetsOf);

test.each(snippets)("$name renders $shows", async ({ file, shows }) => {
  vi.stubGlobal("requestAnimationFrame", undefined);
  const server = exampleServer();
  const client = createClient({ url: "ws://memory/ws", WebSocket: server.WebSocket, getToken: () => "any" });
  client.connect();
  const { default: Example } = (await import(/* @vite-ignore */ file)) as { default: Component };
  const container = document.createElement("div");
  const app = createApp(Example, EXAMPLE_PROPS).provide(clientKey, client);
  app.config.warnHandler = () => {};
  app.mount(container);
  await server.settled();
  await vi.waitFor(() => expect(container.textContent).toBe(shows), { timeout: 120_000 });
  app.unmount();
  client.close();
  vi.unstubAllGlobals();
});

test("documents a component for each composable", () => expect(snippets.length).toBeGreaterThan(4));
