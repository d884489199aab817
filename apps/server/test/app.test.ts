import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, STATUS_CODES } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { Bar, QuoteData } from "@trading/topic";
import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { Datafeed } from "../src/modules/datafeed/service.js";
import { SimulatedSource } from "../src/modules/datafeed/sources/simulated/source.js";
import { Client, getJson, silent, startApp } from "./helpers.js";
import { until } from "./until.js";

const NOW = Date.UTC(2026, 10, 20, 14, 59, 58, 500);
const NONE = { connections: 0, topics: 0, subscriptions: 0 };

function start(pageDirectory?: string) {
  const clock = new ManualClock(NOW);
  const started = startApp(new Datafeed(new SimulatedSource("1", clock)), clock, pageDirectory);
  return started.then((app) => ({ clock, ...app }));
}

describe("a plain WebSocket client", () => {
  test("gets the canonical topic, then updates that continue the history", async () => {
    const { app, clock, http, url } = await start();
    const client = await Client.connect(url);
    client.socket.send('{"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"1"}}');
    const topic = 'bars:{"resolution":"1","symbol":"AAPL"}';
    expect(await client.next()).toEqual({
      type: "bars.subscribe.response",
      payload: expect.objectContaining({ status: "ok", message: "Subscribed", topic }),
    });
    const first = await client.update();

    const history = () => getJson<{ bars: Bar[] }>(`${http}/api/v1/datafeed/bars?symbol=AAPL&resolution=1&countBack=5`);
    const { status, body } = await history();
    expect(status).toBe(200);
    expect(body).toEqual({ bars: expect.any(Array) });
    expect(body.bars).toHaveLength(5);
    expect(body.bars.at(-1)).toEqual(first);

    // The minute ends after two seconds.
    const updates: Bar[] = [];
    for (let second = 0; second < 4; second++) {
      clock.advance(1_000);
      updates.push(await client.update());
      expect((await history()).body.bars.at(-1)).toEqual(updates.at(-1));
    }
    expect(updates.map(({ time }) => time - first.time)).toEqual([0, 60_000, 60_000, 60_000]);
    expect(app.stream.counts()).toEqual({ connections: 1, topics: 1, subscriptions: 1 });

    client.socket.terminate();
    await until(() => app.stream.counts().topics + app.stream.counts().connections === 0);
    expect(app.stream.counts()).toEqual(NONE);
    expect(clock.pending).toBe(0);
  });

  test("gets fast quotes with every tick, slow quotes immediately and then each minute", async () => {
    const { clock, url } = await start();
    const client = await Client.connect(url);
    client.send("quotes.subscribe", { symbols: ["MSFT", "AAPL"], fast_symbols: ["AAPL"] });
    expect((await client.next()).payload.status).toBe("ok");
    const names = async (count: number) => {
      const received: string[] = [];
      while (received.length < count) received.push((await client.update<QuoteData>()).n);
      return received.sort();
    };
    expect(await names(2)).toEqual(["AAPL", "MSFT"]);
    for (let third = 1; third <= 6; third++) {
      clock.advance(20_000);
      const fast = Array(20).fill("AAPL");
      expect(await names(third % 3 === 0 ? 21 : 20)).toEqual(third % 3 === 0 ? [...fast, "MSFT"] : fast);
      // The engine closes connections that send nothing for 30 s.
      client.send("quotes.unsubscribe", { symbols: [], fast_symbols: [] });
      await client.next();
    }
    // A second client gets slow quotes without waiting for the next minute.
    const second = await Client.connect(url);
    second.send("quotes.subscribe", { symbols: ["MSFT", "AAPL"], fast_symbols: ["AAPL"] });
    await second.next();
    const both = [await second.update<QuoteData>(), await second.update<QuoteData>()];
    expect(both.map(({ n }) => n).sort()).toEqual(["AAPL", "MSFT"]);
  });

  test("gets an error quote for an unknown symbol, and the quotes of the others", async () => {
    const { url } = await start();
    const client = await Client.connect(url);
    client.send("quotes.subscribe", { symbols: ["NOPE"], fast_symbols: ["AAPL"] });
    expect((await client.next()).payload.status).toBe("ok");
    const received = [await client.update<QuoteData>(), await client.update<QuoteData>()];
    expect(received).toContainEqual({ s: "error", n: "NOPE", v: { message: 'Unknown symbol "NOPE".' } });
    expect(received).toContainEqual(expect.objectContaining({ s: "ok", n: "AAPL" }));
  });

  test("gets an error that names an unknown symbol, and stays connected", async () => {
    const { app, clock, url } = await start();
    const client = await Client.connect(url);
    client.send("bars.subscribe", { symbol: "NOPE", resolution: "1" });
    const reply = await client.next();
    expect(reply.payload).toMatchObject({ status: "error", code: "unknown_symbol" });
    expect(reply.payload.message).toContain('"NOPE"');
    await until(() => app.stream.counts().topics === 0);
    client.send("bars.subscribe", { symbol: "AAPL", resolution: "D" });
    expect((await client.next()).payload.status).toBe("ok");
    client.socket.terminate();
    await until(() => app.stream.counts().topics + app.stream.counts().connections === 0);
    expect(clock.pending).toBe(0);
  });
});

describe("the HTTP server", () => {
  test("reports modules and counts at /health, and versions at /versions", async () => {
    const { http } = await start();
    expect(await getJson(`${http}/api/v1/health`)).toEqual({
      status: 200,
      body: { status: "ok", version: "0.1.0", modules: [{ name: "datafeed", ready: true, status: "ready" }], ...NONE },
    });
    expect(await getJson(`${http}/api/v1/versions`)).toEqual({
      status: 200,
      body: {
        server: "0.1.0",
        api: "v1",
        protocols: ["base", "trading.v2"],
        modules: [{ name: "datafeed", version: "1.0.0" }],
        login: "none",
      },
    });
  });

  test("serves the AsyncAPI documents and their page", async () => {
    const { http } = await start();
    const { status, body } = await getJson<{ asyncapi: string; channels: object }>(`${http}/api/v1/ws/asyncapi.json`);
    expect([status, body.asyncapi, Object.keys(body.channels)]).toEqual([200, "2.4.0", ["/"]]);
    const page = await fetch(`${http}/api/v1/ws/asyncapi`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    await page.arrayBuffer();
  });

  test.each([
    "/../../package.json",
    "/%2e%2e/%2e%2e/package.json",
    "/..%5c..",
    "/%00",
    "/%",
    "/%ff",
    "/nothing",
    "/api/v1/nope",
  ])("GET %s gets a problem with a 4xx status, and logs no error", async (path) => {
    const directory = mkdtempSync(join(tmpdir(), "page-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, "index.html"), "<title>Terminal</title>");
    const errors: unknown[] = [];
    const logger = { ...silent, error: (...entry: unknown[]) => void errors.push(entry) };
    const clock = new ManualClock(NOW);
    const { http } = await startApp(new Datafeed(new SimulatedSource("1", clock)), clock, directory, logger);
    // fetch would normalize the path.
    const [response] = await once(get({ port: new URL(http).port, path }), "response");
    const body = JSON.parse(Buffer.concat(await response.toArray()).toString());
    expect(response.headers["content-type"]).toBe("application/problem+json");
    expect(body).toEqual({
      type: "about:blank",
      title: STATUS_CODES[response.statusCode],
      status: response.statusCode,
      detail: expect.any(String),
      code: response.statusCode === 400 ? "bad_request" : "not_found",
    });
    expect(errors).toEqual([]);
  });

  test("replies to plain requests at the socket's address with 426", async () => {
    const { http } = await start();
    expect(await getJson(`${http}/api/v1/ws`)).toEqual({
      status: 426,
      body: {
        type: "about:blank",
        title: "Upgrade Required",
        status: 426,
        detail: "Trading streams 0.1.0 speaks WebSocket at /api/v1/ws",
        code: "upgrade_required",
      },
    });
  });

  test("refuses a WebSocket at another address", async () => {
    const { url } = await start();
    const socket = new WebSocket(new URL("/ws", url));
    socket.on("error", () => {});
    const [, response] = await once(socket, "unexpected-response");
    expect(response.statusCode).toBe(404);
    socket.terminate();
  });

  test("serves the built terminal, or a page with build instructions", async () => {
    const directory = mkdtempSync(join(tmpdir(), "page-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const missing = await fetch(`${(await start(directory)).http}/`);
    expect(missing.status).toBe(503);
    expect(await missing.text()).toContain("npm run build");

    writeFileSync(join(directory, "index.html"), "<title>Terminal</title>");
    const { http } = await start(directory);
    const page = await fetch(`${http}/`);
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(await page.text()).toBe("<title>Terminal</title>");
    expect((await fetch(`${http}/../package.json`)).status).toBe(404);
  });

  test("sends compressed copies of the page's files, and lets browsers keep those whose names contain a hash", async () => {
    const directory = mkdtempSync(join(tmpdir(), "page-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    mkdirSync(join(directory, "assets"));
    for (const file of ["index.html", "assets/index-BH10SXiB.js"]) {
      writeFileSync(join(directory, file), file);
      writeFileSync(join(directory, `${file}.br`), brotliCompressSync(`${file}, compressed`));
    }
    const { http } = await start(directory);
    const load = async (path: string, headers: Record<string, string>) => {
      const response = await fetch(`${http}${path}`, { headers });
      const names = ["content-encoding", "content-type", "cache-control", "vary"];
      return [await response.text(), ...names.map((name) => response.headers.get(name))];
    };
    const html = "text/html; charset=utf-8";
    const script = "application/javascript; charset=utf-8";
    const forever = "public, max-age=31536000, immutable";
    const brotli = { "accept-encoding": "br" };
    const none = { "accept-encoding": "identity" };
    expect([
      await load("/", brotli),
      await load("/", none),
      await load("/assets/index-BH10SXiB.js", brotli),
      await load("/assets/index-BH10SXiB.js", none),
    ]).toEqual([
      ["index.html, compressed", "br", html, "no-cache", "accept-encoding"],
      ["index.html", null, html, "no-cache", "accept-encoding"],
      ["assets/index-BH10SXiB.js, compressed", "br", script, forever, "accept-encoding"],
      ["assets/index-BH10SXiB.js", null, script, forever, "accept-encoding"],
    ]);
  });
});

test("closes connections with 1012 when it closes, and leaves no timer", async () => {
  const { app, clock, url } = await start();
  const client = await Client.connect(url);
  client.send("bars.subscribe", { symbol: "AAPL", resolution: "1" });
  await client.next();
  const closed = new Promise((resolve) => client.socket.once("close", resolve));
  await app.close();
  expect(await closed).toBe(1012);
  expect(app.stream.counts()).toEqual(NONE);
  expect(clock.pending).toBe(0);
});
