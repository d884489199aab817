import { inspect } from "node:util";
import { bars } from "@trading/topic/shapes";
import { createClient } from "@trading/ws-client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { startServer } from "../../../apps/terminal/test/helpers.js";
import { checkTypes, project, writeSnippets } from "./snippets.js";

process.chdir(project);

const server = await startServer();
const { pages, guides, folder, remove } = writeSnippets("plain", server.port);

const client = createClient({ url: `ws://127.0.0.1:${server.port}/api/v1/ws`, WebSocket, onError: () => {} });

// On a busy machine the first subscriber of a symbol can be refused, because its history takes longer than a source may take
// to start. The client retries, but a block shows the first reply. So the symbols of the blocks are started before.
beforeAll(async () => {
  for (const symbol of ["AAPL", "GOOGL", "MSFT"]) {
    for (const resolution of ["1", "5", "15", "D"] as const) {
      await new Promise<void>((live) => {
        client.subscribe(bars, { symbol, resolution }, { onStatus: ({ state }) => state === "live" && live() });
      });
    }
  }
});

afterAll(async () => {
  client.close();
  await server.app.close();
  remove();
});

/** Matches the expected output of a snippet: the comment after a console.log. */
function promised(text: string): string[] {
  return [...text.matchAll(/console\.log\(.*\);\s*\/\/ (.*)$/gm)].map(([, line]) => line as string);
}

/** React blocks are tested in readmes-react.test.tsx. */
const plain = pages.map(({ name, snippets }) => ({
  name,
  snippets: snippets.filter(({ file }) => file.endsWith(".ts")),
}));

describe.each(plain.filter(({ snippets }) => snippets.length > 0))("$name", ({ snippets }) => {
  test.each(snippets)("the block at line $line prints the output in its comments", async ({ file, text }) => {
    const printed: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
      printed.push(values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" "));
    });
    try {
      await import(/* @vite-ignore */ file);
    } finally {
      log.mockRestore();
    }
    expect(printed).toEqual(expect.arrayContaining(promised(text)));
  });
});

test("every block type-checks", () => {
  expect([...pages, ...guides].flatMap(({ snippets }) => snippets).length).toBeGreaterThan(5);
  expect(checkTypes(folder)).toEqual([]);
});
