import { createClient } from "@trading/ws-client";
import { ClientProvider, useQuote } from "@trading/ws-client/react";
import { Window } from "happy-dom";
import { type ComponentType, isValidElement, type ReactNode, StrictMode } from "react";
import type { Root } from "react-dom/client";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { startServer } from "../../../apps/terminal/test/helpers.js";
import { writeSnippets } from "./snippets.js";

/** The WebSocket of the page. The test closes the sockets that a block leaves open, so that its client does not reconnect. */
class PageSocket extends WebSocket {
  static readonly all: PageSocket[] = [];

  constructor(url: string) {
    super(url);
    PageSocket.all.push(this);
  }

  static endAll(): void {
    for (const socket of PageSocket.all.splice(0)) {
      // Clients do not reconnect after 1000.
      socket.onclose?.({ code: 1000, reason: "The page has ended" } as WebSocket.CloseEvent);
      socket.onclose = null;
      socket.terminate();
    }
  }
}
vi.stubGlobal("WebSocket", PageSocket);

/** Creates a page whose server runs in this process. */
const window = new Window();
for (const name of ["document", "navigator", "HTMLIFrameElement"] as const) vi.stubGlobal(name, window[name]);
vi.stubGlobal("window", window);
const { createRoot } = await import("react-dom/client");

const server = await startServer();
const { pages, remove } = writeSnippets("react", server.port);
const client = createClient({ url: `ws://127.0.0.1:${server.port}/api/v1/ws` });

const mounted: Root[] = [];
afterEach(() => {
  for (const root of mounted.splice(0)) root.unmount();
  vi.restoreAllMocks();
});
afterAll(async () => {
  client.close();
  PageSocket.endAll();
  await server.app.close();
  remove();
  await window.happyDOM.close();
});

/** The child of blocks that show none. */
function Quote(): ReactNode {
  return JSON.stringify(useQuote("AAPL").value);
}

/** Returns what a block renders: its `app`, or its first component. */
function shownBy(exported: Record<string, unknown>): ReactNode {
  if (isValidElement(exported.app)) return exported.app;
  const Shown = Object.values(exported).find((value) => typeof value === "function") as ComponentType<{
    children: ReactNode;
  }>;
  return (
    <ClientProvider client={client}>
      <Shown {...{ symbol: "AAPL", symbols: ["AAPL"], resolution: "1", accountId: "TEST-001", state: [] }}>
        <Quote />
      </Shown>
    </ClientProvider>
  );
}

const react = pages.map(({ name, snippets }) => ({
  name,
  snippets: snippets.filter(({ file }) => file.endsWith(".tsx")),
}));

describe.each(react.filter(({ snippets }) => snippets.length > 0))("$name", ({ snippets }) => {
  test.each(snippets)("the block at line $line shows figures of the server", async ({ file }) => {
    const complaint = vi.spyOn(console, "error");
    const shown = shownBy(await import(/* @vite-ignore */ file));
    const container = document.createElement("div");
    const root = createRoot(container);
    mounted.push(root);
    root.render(<StrictMode>{shown}</StrictMode>);
    await expect.poll(() => container.textContent, { timeout: 120_000 }).toMatch(/\d/);
    expect(complaint.mock.calls).toEqual([]);
  });
});
