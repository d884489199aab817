import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { bars } from "@trading/topic";
import { expect, onTestFinished, test } from "vitest";
import { jwtAuthenticator } from "../../src/auth/jwt.js";
import { createServer, defineModule, type ServerOptions, serve } from "../../src/index.js";
import { RecordingLogger } from "../../src/testing/index.js";
import { mint, rsa } from "../auth/tokens.js";
import { deferred, turn, until } from "../helpers/event-loop.js";
import { FakeSource } from "../helpers/server.js";

const SECRET = "a secret of at least thirty-two bytes";
const GOOD = { sub: "ann", exp: Math.floor(Date.now() / 1_000) + 600 };
const token = mint("HS256", SECRET, GOOD);
const badToken = mint("HS256", `${SECRET}.`, GOOD);

/** Starts a server with JWT authentication on an HTTP server whose sockets can be counted. */
async function setup(options: Partial<ServerOptions> = {}) {
  const logger = new RecordingLogger();
  const server = createServer({
    title: "Test",
    version: "1",
    modules: [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, new FakeSource())] })],
    authenticate: jwtAuthenticator({ secret: SECRET }, { algorithms: ["HS256"], logger }),
    logger,
    ...options,
  });
  const http = createHttpServer();
  server.attach(http);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    await server.close();
    http.closeAllConnections();
    http.close();
  });
  return { server, http, logger };
}

/** Sends a raw upgrade request from a client that never closes its side of the socket. */
function upgrade(http: HttpServer, lines: readonly string[] = [], target = "/api/v1/ws") {
  const { port } = http.address() as AddressInfo;
  const socket: Socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  const client = { socket, text: "", hasEnded: false };
  socket.on("data", (data) => {
    client.text += data.toString("latin1");
  });
  socket.on("error", () => {});
  socket.on("end", () => {
    client.hasEnded = true;
  });
  const head = [
    `GET ${target} HTTP/1.1`,
    "Host: a",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    ...lines,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  return client;
}

function openSockets(http: HttpServer): Promise<number> {
  return new Promise((resolve, reject) => {
    http.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** Waits until the server has no open socket. */
async function untilFree(http: HttpServer): Promise<void> {
  while ((await openSockets(http)) > 0) await turn();
}

test("a token among the subprotocols opens a connection, and appears neither in the response nor in the log", async () => {
  const { server, http, logger } = await setup();
  const client = upgrade(http, [`Sec-WebSocket-Protocol: bearer.${token}, trading.v2`]);
  await until(() => client.text.includes("\r\n\r\n"));
  expect(client.text).toMatch(/^HTTP\/1\.1 101 /);
  expect(client.text).toContain("Sec-WebSocket-Protocol: trading.v2\r\n");
  expect(client.text).not.toContain(token.slice(0, 12));
  await until(() => server.connections.length === 1);
  expect(server.connections[0]?.principal?.subject).toBe("ann");
  expect(JSON.stringify(logger.entries)).not.toContain(token.slice(-12));
});

test("a subprotocol other than trading.v2 is never selected", async () => {
  const { http } = await setup();
  const client = upgrade(http, ["Sec-WebSocket-Protocol: graphql-ws"]);
  await until(() => client.text.includes("\r\n\r\n"));
  expect(client.text).toMatch(/^HTTP\/1\.1 101 /);
  expect(client.text).not.toContain("Sec-WebSocket-Protocol");
});

test.each<[string, number, readonly string[], string]>([
  ["a bad token", 401, [`Authorization: Bearer ${badToken}`], "/api/v1/ws"],
  ["a token in the query", 400, [], `/api/v1/ws?token=${token}`],
  ["another origin", 403, ["Origin: https://evil.example"], "/api/v1/ws"],
  ["another path", 404, [], "/api/v1/ws/../ws"],
])("%s is refused with %i, and the socket is freed though the client keeps its side open", async (...row) => {
  const [, status, lines, target] = row;
  const { server, http, logger } = await setup({ allowedOrigins: ["https://app.example.com"] });
  const client = upgrade(http, lines, target);
  await until(() => client.hasEnded);
  expect(client.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(client.text.length).toBeLessThan(1_024);
  await untilFree(http);
  expect(server.counts().connections).toBe(0);
  for (const secret of [token, badToken]) {
    expect(client.text + JSON.stringify(logger.entries)).not.toContain(secret.split(".")[2]);
  }
});

test("refused and disconnected clients do not count towards maxConnections", async () => {
  const { server, http } = await setup({ maxConnections: 1 });
  for (let count = 0; count < 5; count++) {
    const refused = upgrade(http, [`Authorization: Bearer ${badToken}`]);
    await until(() => refused.hasEnded);
    expect(refused.text).toMatch(/^HTTP\/1\.1 401 /);
    await untilFree(http);
  }
  const first = upgrade(http);
  await until(() => server.counts().connections === 1);
  const second = upgrade(http);
  await until(() => second.hasEnded);
  expect(second.text).toMatch(/^HTTP\/1\.1 503 .*Retry-After: 5/s);
  first.socket.destroy();
  await untilFree(http);
  upgrade(http);
  await until(() => server.counts().connections === 1);
});

test("one client behind a proxy cannot take the connections of another by forging its address", async () => {
  const { server, http } = await setup({ maxConnectionsPerAddress: 1, trustedProxies: ["127.0.0.1"] });
  upgrade(http, ["X-Forwarded-For: 203.0.113.7"]);
  await until(() => server.counts().connections === 1);
  const again = upgrade(http, ["X-Forwarded-For: 198.51.100.1, 203.0.113.7"]);
  await until(() => again.hasEnded);
  expect(again.text).toMatch(/^HTTP\/1\.1 429 /);
  upgrade(http, ["X-Forwarded-For: 203.0.113.7, 203.0.113.8"]);
  await until(() => server.counts().connections === 2);
});

test("a session client with a bad token gets a close code, because browsers hide the HTTP status", async () => {
  const { server, http } = await setup();
  const client = upgrade(http, [`Authorization: Bearer ${badToken}`], "/api/v1/ws?protocol=2");
  await until(() => client.text.includes("\u000f\u00a1Unauthorized")); // 4001
  client.socket.destroy();
  await until(() => server.counts().connections === 0);
  await untilFree(http);
});

test("a client that disconnects during the verification of its token leaves no connection", async () => {
  const { promise, reject } = deferred();
  let verifications = 0;
  const authenticate = async () => {
    verifications++;
    await promise;
    return { subject: "ann" };
  };
  const { server, http } = await setup({ authenticate, maxConnections: 1, startTimeoutMs: 0 });
  const client = upgrade(http, [`Authorization: Bearer ${token}`]);
  await until(() => verifications === 1);
  client.socket.resetAndDestroy();
  reject(new Error("no"));
  await untilFree(http);
  upgrade(http);
  await until(() => server.counts().connections === 1);
});

test("a token that cannot be verified at the moment is refused with 503 and Retry-After, not as a bad token", async () => {
  const authenticate = jwtAuthenticator(
    { jwksUrl: "http://127.0.0.1:1/jwks" },
    { algorithms: ["RS256"], logger: new RecordingLogger() },
  );
  const { http } = await setup({ authenticate });
  const signed = mint("RS256", rsa.privateKey, GOOD);
  for (const target of ["/api/v1/ws", "/api/v1/ws?protocol=2"]) {
    const client = upgrade(http, [`Authorization: Bearer ${signed}`], target);
    await until(() => client.hasEnded);
    expect(client.text).toMatch(/^HTTP\/1\.1 503 .*Retry-After/s);
    expect(client.text).not.toMatch(/jwks|127\.0/i);
  }
});
