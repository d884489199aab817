import { quotes } from "@trading/topic/shapes";
import type { Client, ConnectionState } from "@trading/ws-client";
import { expect, test, vi } from "vitest";
import { Symbols } from "../src/market/symbols.js";

/** Symbols of a server whose replies and connection the test controls. */
function setUp(first: string | null = null) {
  const requests: { readonly signal: AbortSignal; reply(...names: string[]): void; fail(message: string): void }[] = [];
  const rest = {
    config: async () => ({ supported_resolutions: ["1", "1D"] }),
    search: (_query: object, signal?: AbortSignal) =>
      new Promise<never>((resolve, reject) => {
        requests.push({
          signal: signal as AbortSignal,
          reply: (...names) =>
            resolve(names.map((symbol) => ({ symbol, description: "", exchange: "X" })) as unknown as never),
          fail: (message) => reject(new Error(message)),
        });
      }),
  };
  let report = (_: ConnectionState) => {};
  const ended: (readonly string[])[] = [];
  const client = {
    subscribe: vi.fn((_route: unknown, { fast_symbols }: { readonly fast_symbols: readonly string[] }) => () => {
      ended.push(fast_symbols);
    }),
    onState: (listener: (state: ConnectionState) => void) => {
      report = listener;
      return () => {};
    },
  };
  const instruments = { load: vi.fn(), reload: vi.fn() };
  const symbols = new Symbols(rest, instruments);
  symbols.follow(client as unknown as Client, () => first);
  const become = (status: ConnectionState["status"]) => report({ status, reason: "" });
  const names = () => symbols.state.symbols?.map(({ symbol }) => symbol);
  return { symbols, requests, instruments, become, names, client, ended };
}

test("loads the symbols before the connection is open, and does not repeat that when it opens", async () => {
  const { requests, instruments, become, names, symbols } = setUp("MSFT");
  expect(requests).toHaveLength(1);
  requests[0]?.reply("AAPL", "MSFT");
  await vi.waitFor(() => expect(names()).toEqual(["AAPL", "MSFT"]));
  expect(symbols.state.symbols?.[0]?.resolutions).toEqual(["1", "D"]);
  expect(instruments.load.mock.calls).toEqual([["MSFT"]]);
  become("connected");
  expect(requests).toHaveLength(1);
});

test("loads the instrument of the first symbol if the page names another one that the server does not have", async () => {
  const { requests, instruments, names } = setUp("GONE");
  requests[0]?.reply("AAPL");
  await vi.waitFor(() => expect(names()).toEqual(["AAPL"]));
  expect(instruments.load.mock.calls).toEqual([["AAPL"]]);
});

test("loads the symbols again on each later connection, and drops what the lost one requested", async () => {
  const { requests, instruments, become, names } = setUp();
  become("connected");
  become("connecting");
  expect(requests[0]?.signal.aborted).toBe(true);
  become("connected");
  expect(requests).toHaveLength(2);
  requests[0]?.reply("OLD");
  requests[1]?.reply("ACME");
  await vi.waitFor(() => expect(names()).toEqual(["ACME"]));
  expect(instruments.reload).toHaveBeenCalledOnce();
});

test("reports no failure before a connection, which loads the symbols again", async () => {
  const { symbols, requests, become, names } = setUp();
  requests[0]?.fail("unreachable");
  await new Promise(setImmediate);
  expect(symbols.state.error).toBeUndefined();
  become("connected");
  requests[1]?.reply("AAPL");
  await vi.waitFor(() => expect(names()).toEqual(["AAPL"]));
});

test("repeats on the open connection what was requested before it and fails, and reports a second failure", async () => {
  const { symbols, requests, become } = setUp();
  become("connected");
  requests[0]?.fail("unreachable");
  await vi.waitFor(() => expect(requests).toHaveLength(2));
  requests[1]?.fail("busy");
  await vi.waitFor(() => expect(symbols.state.error).toBe("busy"));
  expect(requests).toHaveLength(2);
});

test("subscribes to the quotes before anything is rendered, and ends that of a list that was replaced", async () => {
  const { requests, become, names, client, ended } = setUp();
  requests[0]?.reply("MSFT", "AAPL");
  await vi.waitFor(() => expect(names()).toEqual(["MSFT", "AAPL"]));
  expect(client.subscribe).toHaveBeenCalledExactlyOnceWith(quotes, { symbols: [], fast_symbols: ["AAPL", "MSFT"] }, {});
  for (const status of ["connected", "connecting", "connected"] as const) become(status);
  requests[1]?.reply("ACME");
  await vi.waitFor(() => expect(names()).toEqual(["ACME"]));
  expect(ended).toEqual([["AAPL", "MSFT"]]);
});
