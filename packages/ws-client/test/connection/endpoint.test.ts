import { afterEach, expect, test, vi } from "vitest";
import { resolveEndpoint } from "../../src/connection/endpoint.js";
import { createClient } from "../../src/index.js";
import { MemoryNetwork } from "../helpers/memory-network.js";

afterEach(() => vi.unstubAllGlobals());

test.each([
  ["ws://host/ws", "ws://host/ws?protocol=2&maxBatchBytes=65536", "ws://host/ws"],
  ["https://host/ws?a=1#part", "wss://host/ws?a=1&protocol=2&maxBatchBytes=65536", "wss://host/ws"],
  ["WSS://host:8443", "wss://host:8443?protocol=2&maxBatchBytes=65536", "wss://host:8443"],
  ["ws://host/ws?protocol=1&b=2", "ws://host/ws?b=2&protocol=2&maxBatchBytes=65536", "ws://host/ws"],
  [
    "ws://ann:secret@host/ws?key=secret",
    "ws://ann:secret@host/ws?key=secret&protocol=2&maxBatchBytes=65536",
    "ws://host/ws",
  ],
  ["ws://host/ws?maxBatchBytes=9&b=2", "ws://host/ws?b=2&protocol=2&maxBatchBytes=65536", "ws://host/ws"],
  [new URL("http://host/ws"), "ws://host/ws?protocol=2&maxBatchBytes=65536", "ws://host/ws"],
])("resolves %s", (given, url, shown) => {
  expect(resolveEndpoint(given)).toEqual({ url, shown });
});

test("a relative URL is resolved against the page when the client connects", () => {
  const network = new MemoryNetwork();
  const client = createClient({ url: "/api/v1/ws", WebSocket: network.WebSocket });
  // In Chromium there is a page already, whose location cannot be replaced.
  if (!globalThis.location) vi.stubGlobal("location", { href: "https://example.com/app/chart?symbol=AAPL" });
  client.connect();
  const { protocol, host } = new URL(location.href);
  expect(network.socket.url).toBe(
    `${protocol.replace("http", "ws")}//${host}/api/v1/ws?protocol=2&maxBatchBytes=65536`,
  );
  client.close();
});

test.each(["ftp://host", "ws:/host", "ws://", "file:///ws"])("%s is refused when the client is created", (url) => {
  expect(() => createClient({ url })).toThrow(`Invalid option "url": expected ws:// or wss://, got "${url}"`);
});

test("works with the URL of React Native, which has no setters", () => {
  class ReadOnlyUrl {
    readonly #url: string;
    constructor(url: string) {
      this.#url = url;
    }
    get href(): string {
      return this.#url;
    }
    get searchParams(): never {
      throw new Error("URLSearchParams.set is not implemented");
    }
    toString(): string {
      return this.#url;
    }
  }
  vi.stubGlobal("URL", ReadOnlyUrl);
  expect(resolveEndpoint("wss://host/ws")).toEqual({
    url: "wss://host/ws?protocol=2&maxBatchBytes=65536",
    shown: "wss://host/ws",
  });
  expect(resolveEndpoint(new URL("wss://host/ws"))).toEqual({
    url: "wss://host/ws?protocol=2&maxBatchBytes=65536",
    shown: "wss://host/ws",
  });
});
