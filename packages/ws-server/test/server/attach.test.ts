import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { bars } from "@trading/topic";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { createServer, defineModule, type StreamServer, serve } from "../../src/index.js";
import { FakeSource } from "../helpers/server.js";

/** Starts an HTTP server without a stream server. */
async function startHttp(): Promise<HttpServer> {
  const http = createHttpServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return http;
}

function streamServer(path: string): StreamServer {
  const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, new FakeSource())] })];
  const server = createServer({ title: "Test", version: "1", path, modules });
  onTestFinished(() => server.close());
  return server;
}

async function statusOf(http: HttpServer, path: string): Promise<number | undefined> {
  return (await responseOf(http, path)).status;
}

/** Returns the response to an upgrade request. */
async function responseOf(http: HttpServer, path: string) {
  const { port } = http.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  socket.on("error", () => {});
  onTestFinished(() => socket.terminate());
  const opened = once(socket, "upgrade");
  const refused = once(socket, "unexpected-response").then(([, response]) => [response]);
  const [response] = await Promise.race([opened, refused]);
  const { statusCode: status, headers } = response as IncomingMessage;
  return { status, headers };
}

test("two stream servers share an HTTP server, and what neither serves is refused once", async () => {
  const http = await startHttp();
  const servers = ["/one", "/two"].map(streamServer);
  for (const server of servers) server.attach(http);
  expect(await Promise.all(["/one", "/two", "/three"].map((path) => statusOf(http, path)))).toEqual([101, 101, 404]);
  await servers[1]?.close();
  expect(await Promise.all(["/one", "/two", "/three"].map((path) => statusOf(http, path)))).toEqual([101, 503, 404]);
});

test("a closed stream server refuses its clients with 503 and Retry-After, until another one serves its path", async () => {
  const http = await startHttp();
  const first = streamServer("/one");
  first.attach(http);
  await first.close();
  const { status, headers } = await responseOf(http, "/one");
  expect([status, headers["retry-after"]]).toEqual([503, "1"]);
  expect(await statusOf(http, "/other")).toBe(404);
  const second = streamServer("/one");
  second.attach(http);
  expect(await statusOf(http, "/one")).toBe(101);
  expect(second.counts().connections).toBe(1);
});

test("of two open stream servers with one path, the last one gets the request, and only that one", async () => {
  const http = await startHttp();
  const servers = ["/one", "/one"].map(streamServer);
  for (const server of servers) server.attach(http);
  expect(await statusOf(http, "/one")).toBe(101);
  expect(servers.map((server) => server.counts().connections)).toEqual([0, 1]);
});

test("other paths are left to another listener", async () => {
  const http = await startHttp();
  streamServer("/one").attach(http);
  http.on("upgrade", ({ url }, stream) => {
    if (url === "/other") stream.end("HTTP/1.1 418 I'm a teapot\r\n\r\n");
  });
  expect(await Promise.all(["/one", "/other"].map((path) => statusOf(http, path)))).toEqual([101, 418]);
});

test("other paths are refused despite another listener if refuseOtherPaths is set", async () => {
  const http = await startHttp();
  const watched: unknown[] = [];
  http.on("upgrade", ({ url }) => watched.push(url));
  streamServer("/one").attach(http, { refuseOtherPaths: true });
  expect(await statusOf(http, "/other")).toBe(404);
  expect(watched).toEqual(["/other"]);
});
