import { bars } from "@trading/topic/shapes";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createClient, type PageEvents } from "../src/index.js";
import { createRest } from "../src/rest/index.js";
import { createFrameScheduler } from "../src/stores/frame-scheduler.js";
import { type SharedStore, suspend } from "../src/stores/shared-store.js";
import { type Collection, EMPTY, topicStore } from "../src/stores/topic-store.js";
import { ManualClock, MemoryServer } from "../src/testing/index.js";
import { AAPL, bar } from "./helpers/subscribed.js";

/** As React Native's, whose members throw before 0.80. */
class NativeUrl {
  readonly href: string;

  constructor(url: string) {
    this.href = url;
    for (const name of ["host", "hostname", "origin", "pathname", "port", "protocol", "search"])
      Object.defineProperty(this, name, {
        get() {
          throw new Error(`URL.${name} is not implemented`);
        },
      });
  }

  toString(): string {
    return this.href;
  }
}

/** As React Native's, which takes an object of names and values only. */
class NativeSearchParams {
  readonly #fields: readonly string[];

  constructor(fields: object) {
    this.#fields = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  }

  toString(): string {
    return this.#fields.join("&");
  }
}

/** As React Native's: the signal has no reason and no `throwIfAborted`. */
class NativeAbortController {
  readonly signal = Object.assign(new EventTarget(), { aborted: false });

  abort(): void {
    if (this.signal.aborted) return;
    this.signal.aborted = true;
    this.signal.dispatchEvent(new Event("abort"));
  }
}

// Node.js loads its fetch on the first use of a part, and needs `TextDecoder` for that.
void new Headers();

/** Globals of browsers or Node.js that React Native lacks. */
const MISSING = ["document", "location", "sessionStorage", "localStorage", "BroadcastChannel", "structuredClone"];
const LACKING = [...MISSING, "TextDecoder", "addEventListener", "FinalizationRegistry"];

beforeEach(() => {
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("navigator", { product: "ReactNative" });
  vi.stubGlobal("URL", NativeUrl);
  vi.stubGlobal("URLSearchParams", NativeSearchParams);
  vi.stubGlobal("AbortController", NativeAbortController);
  for (const name of LACKING) vi.stubGlobal(name, undefined);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** Creates a client of a server in memory, with the app's events instead of a page's. */
function setUp() {
  const server = new MemoryServer({ routes: { bars } });
  const clock = new ManualClock();
  let listener: Parameters<PageEvents>[0] = () => {};
  const client = createClient({
    url: "wss://example.com/api/v1/ws",
    WebSocket: server.WebSocket,
    clock,
    random: () => 0.5,
    pageEvents(next) {
      listener = next;
      return () => {};
    },
  });
  return { server, clock, client, appears: () => listener("visible") };
}

test("the client subscribes, resumes and is checked when the app becomes active", async () => {
  const { server, clock, client, appears } = setUp();
  const seen: unknown[] = [];
  client.onResume(({ recovered }) => seen.push(recovered));
  const stop = client.subscribe(bars, AAPL, ({ close }) => seen.push(close));
  await stop.ready;
  server.publish(bars, AAPL, bar(2));
  await server.settled();
  appears();
  await server.settled();
  expect(server.frames.map(({ type }) => type)).toEqual(["bars.subscribe", "ping"]);
  server.stop();
  server.publish(bars, AAPL, bar(3));
  server.start();
  await clock.advanceAsync(1_000);
  expect(seen).toEqual([2, true, 3]);
  client.close();
  expect(clock.pending).toBe(0);
});

test("the REST client reads replies without a stream", async () => {
  const urls: string[] = [];
  const fetch = async (url: string) => {
    urls.push(url);
    return { ok: true, status: 200, headers: { get: () => null }, text: async () => "[]" };
  };
  const rest = createRest({ baseUrl: "https://example.com/api/v1", fetch: fetch as never });
  expect(await rest.search({ query: "a b", exchange: "", type: "stock" } as never)).toEqual([]);
  expect(urls).toEqual(["https://example.com/api/v1/datafeed/search?query=a%20b&exchange=&type=stock"]);
});

test("the REST client ends a request after its timeout, and when its caller aborts it", async () => {
  const clock = new ManualClock();
  const fetch = () => new Promise<never>(() => {});
  const rest = createRest({ baseUrl: "https://example.com/api/v1", fetch, clock, timeoutMs: 500 });
  const late = expect(rest.config()).rejects.toMatchObject({ code: "no_reply" });
  await clock.advanceAsync(500);
  await late;
  const controller = new AbortController();
  const aborted = expect(rest.config(controller.signal)).rejects.toMatchObject({ name: "AbortError" });
  controller.abort();
  await aborted;
  await expect(rest.config(controller.signal)).rejects.toMatchObject({ name: "AbortError" });
});

test("a stream and a request end with an AbortError when their signal is aborted, and do not start after it", async () => {
  const { server, client } = setUp();
  await client.subscribe(bars, AAPL, () => {}).ready;
  const controller = new AbortController();
  const { signal } = controller;
  const list = { name: "orders.list", access: "public" } as const;
  const read = () => client.stream(bars, AAPL, { signal }).next();
  const request = () => client.request(list, {}, { signal, queue: { id: "1", ttlMs: 1_000 } });
  server.stop();
  const ended = [read(), request()].map((reply) => expect(reply).rejects.toMatchObject({ name: "AbortError" }));
  controller.abort();
  await Promise.all(ended);
  for (const start of [read, request]) await expect(start()).rejects.toMatchObject({ name: "AbortError" });
  client.close();
});

test("a component can suspend, although there is no document", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const { server, client } = setUp();
  const stores = new Map<string, SharedStore<unknown>>();
  const source = {
    frames: createFrameScheduler(),
    stores,
    id: "1",
    create: () => topicStore({ client, route: bars, params: AAPL }, undefined, EMPTY),
    initial: () => EMPTY,
    isReady: ({ items }: Collection<unknown>) => items.length > 0,
  };
  const thrown = () => {
    try {
      return suspend(source, { suspense: true });
    } catch (error) {
      return error;
    }
  };
  const ready = thrown();
  expect(ready).toBeInstanceOf(Promise);
  await server.settled();
  server.publish(bars, AAPL, bar(2));
  await ready;
  expect(thrown()).toBeUndefined();
  vi.runAllTimers();
  vi.useRealTimers();
  client.close();
});
