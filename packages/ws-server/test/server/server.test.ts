import { once } from "node:events";
import { createServer as createHttpServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { bars, orders } from "@trading/topic";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { createServer, defineModule, serve } from "../../src/index.js";
import { ManualClock } from "../../src/testing/index.js";
import { AAPL, AAPL_TOPIC, bar } from "../helpers/data.js";
import { until } from "../helpers/event-loop.js";
import { NetworkClient } from "../helpers/network-client.js";
import { FakeSource, startServer } from "../helpers/server.js";

const NONE = { connections: 0, topics: 0, subscriptions: 0 };
const subscribed = expect.objectContaining({ status: "ok", message: "Subscribed", topic: AAPL_TOPIC });

describe("the server", () => {
  test("closes every connection with 1012, and removes every topic once", async () => {
    const { server, source, url } = await startServer();
    const clients = [await NetworkClient.connect(url), await NetworkClient.connect(url)];
    for (const client of clients) {
      client.subscribe("bars", AAPL);
      await client.next();
    }
    source.publish(bar(1));
    const closing = server.close();
    expect(server.close()).toBe(closing);
    await closing;
    for (const client of clients) {
      expect(await client.closed).toEqual({ code: 1012, reason: "Service restart" });
      // The frames that were queued when the close began have been sent.
      expect(client.messages.at(-1)?.payload.payload).toEqual(bar(1));
    }
    expect(server.counts()).toEqual(NONE);
    expect(source.count("remove")).toBe(1);
    await expect(server.listen()).rejects.toThrow("closed");
    const late = new WebSocket(url);
    const [error] = await once(late, "error");
    expect(error.code).toBe("ECONNREFUSED");
  });

  test("is disposed of by await using", async () => {
    const { server, url } = await startServer();
    const client = await NetworkClient.connect(url);
    await server[Symbol.asyncDispose]();
    expect(await client.closed).toMatchObject({ code: 1012 });
  });

  test("terminates a client that does not reply to the close frame", async () => {
    const clock = new ManualClock();
    const { server, url } = await startServer({ clock });
    const client = await NetworkClient.connect(url);
    client.socket.pause();
    const closing = server.close();
    clock.advance(1_000);
    await until(() => server.counts().connections === 0);
    await closing;
  });

  test("can be attached to a Node.js HTTP server, and handles only its path", async () => {
    const http = createHttpServer((_request, response) => response.end("other"));
    const source = new FakeSource();
    const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, source)] })];
    const server = createServer({ title: "Test", version: "1", modules, path: "/stream" });
    server.attach(http);
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    onTestFinished(async () => {
      await server.close();
      http.close();
    });
    const { port } = http.address() as AddressInfo;

    const client = await NetworkClient.connect(`ws://127.0.0.1:${port}/stream?any=query`);
    client.subscribe("bars", AAPL);
    expect((await client.next()).payload).toEqual(subscribed);
    const elsewhere = new WebSocket(`ws://127.0.0.1:${port}/other`);
    const [error] = await once(elsewhere, "error");
    expect(error.message).toContain("404");
    const [response] = await once(get(`http://127.0.0.1:${port}/`), "response");
    expect(response.statusCode).toBe(200);
    response.resume();

    await server.close();
    expect(await client.closed).toMatchObject({ code: 1012 });
    expect(http.listening).toBe(true);
  });

  test("requires an authorizer for private routes", () => {
    const source = { createTopic() {}, removeTopic() {} };
    const modules = [defineModule({ name: "broker", version: "1", routes: [serve(orders, source)] })];
    expect(() => createServer({ title: "", version: "", modules })).toThrow(
      expect.objectContaining({ code: "no_authorizer" }),
    );
  });

  test("replies to a plain HTTP request with 426 and its path", async () => {
    const { url } = await startServer();
    const [response] = await once(get(url.replace("ws:", "http:")), "response");
    expect(response.statusCode).toBe(426);
    expect(String((await once(response, "data"))[0])).toBe("Test 1.2.3 speaks WebSocket at /api/v1/ws\n");
  });

  test.each([
    [{ heartbeatIntervalMs: -1 }, 'Invalid option "heartbeatIntervalMs": expected an integer of at least 0, got -1'],
    [{ maxFrameBytes: 0 }, 'Invalid option "maxFrameBytes": expected an integer of at least 1, got 0'],
    [{ path: "ws" }, 'Invalid option "path": expected a path that starts with "/", got "ws"'],
  ])("throws for the options %j", (options, message) => {
    expect(() => createServer({ title: "", version: "", modules: [], ...options })).toThrow(message);
  });

  test("throws for a route in two modules", () => {
    const module = (name: string) => ({ name, version: "1", routes: [serve(bars, new FakeSource())] });
    const modules = [defineModule(module("one")), defineModule(module("two"))];
    expect(() => createServer({ title: "", version: "", modules })).toThrow('"bars.subscribe" of module "two"');
  });
});
