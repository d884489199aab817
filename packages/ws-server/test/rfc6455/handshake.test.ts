import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { turn } from "../helpers/event-loop.js";
import { text } from "./frames.js";
import { RawClient, SAMPLE_ACCEPT, SAMPLE_KEY, type UpgradeShape, upgradeRequest } from "./raw-client.js";
import { assertAlive, assertReply, request, startTarget } from "./target.js";

describe("the opening handshake (RFC 6455 §4.2) is accepted", () => {
  const accepted: readonly (readonly [name: string, shape: UpgradeShape])[] = [
    ["§4.2.1 as the RFC writes it", {}],
    ["§4.2.1 Upgrade in other case", { headers: { Upgrade: "WebSocket" } }],
    ["§4.2.1 Connection in other case", { headers: { Connection: "uPgRaDe" } }],
    ["§4.2.1 Connection as a list", { headers: { Connection: "keep-alive, Upgrade" } }],
    ["§4.2.1 a key between spaces", { headers: { "Sec-WebSocket-Key": `  ${SAMPLE_KEY}  ` } }],
    ["§4.2.1 unknown headers", { headers: { "X-Unknown": "x", Cookie: "a=b; c" } }],
    ["§3 a query in the target", { target: "/api/v1/ws?a=b&a=%00&__proto__=1" }],
    ["§9.1 an extension offer that is broken", { headers: { "Sec-WebSocket-Extensions": "permessage-deflate; =,;" } }],
  ];
  test.for(accepted)("%s", async ([, shape]) => {
    const target = await startTarget();
    const client = await RawClient.dial(target.url);
    client.send(upgradeRequest(shape));
    const { status, headers } = await client.response();
    expect(status).toBe(101);
    expect(headers.get("upgrade")?.toLowerCase()).toBe("websocket");
    expect(headers.get("connection")?.toLowerCase()).toBe("upgrade");
    expect(headers.get("sec-websocket-accept")).toBe(SAMPLE_ACCEPT);
    await assertAlive(client);
    client.socket.destroy();
    await target.assertServed();
  });

  test("§1.3 the accept key is the hash of any client's key", async () => {
    const target = await startTarget();
    for (let count = 0; count < 20; count++) {
      const key = randomBytes(16).toString("base64");
      const client = await RawClient.dial(target.url);
      client.send(upgradeRequest({ headers: { "Sec-WebSocket-Key": key } }));
      const hash = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      expect((await client.response()).headers.get("sec-websocket-accept")).toBe(hash);
      client.socket.destroy();
    }
    await target.assertServed();
  });

  test("§4.1 written a byte at a time", async () => {
    const target = await startTarget();
    const client = await RawClient.dial(target.url);
    for (const byte of Buffer.from(upgradeRequest())) {
      client.send(Buffer.of(byte));
      await turn();
    }
    expect((await client.response()).status).toBe(101);
    await assertAlive(client);
    client.socket.destroy();
    await target.assertServed();
  });

  test("§4.1 with the first frame in the same packet", async () => {
    const target = await startTarget();
    const client = await RawClient.dial(target.url);
    client.send(upgradeRequest(), text(request()));
    expect((await client.response()).status).toBe(101);
    await assertReply(client);
    client.socket.destroy();
    await target.assertServed();
  });

  test("§4.2.2 the server accepts no extension that it does not support", async () => {
    const target = await startTarget();
    const client = await RawClient.dial(target.url);
    client.send(
      upgradeRequest({ headers: { "Sec-WebSocket-Extensions": "permessage-deflate, x-webkit-deflate-frame" } }),
    );
    const { status, headers } = await client.response();
    expect([status, headers.get("sec-websocket-extensions")]).toEqual([101, undefined]);
    client.socket.destroy();
    await target.assertServed();
  });

  test.for(["bearer.SECRET", "trading.v2, bearer.SECRET", "bearer.SECRET, trading.v2"])(
    "§4.2.2 no token is agreed as a subprotocol: %s",
    async (offer) => {
      const target = await startTarget();
      const client = await RawClient.dial(target.url);
      client.send(upgradeRequest({ headers: { "Sec-WebSocket-Protocol": offer } }));
      const { headers } = await client.response();
      expect(headers.get("sec-websocket-protocol") ?? "").not.toContain("SECRET");
      client.socket.destroy();
      await target.assertServed();
    },
  );
});

const key = (value: string | readonly string[] | undefined) => ({ headers: { "Sec-WebSocket-Key": value } });
const version = (value: string | readonly string[] | undefined) => ({ headers: { "Sec-WebSocket-Version": value } });

describe("the opening handshake is refused over HTTP, and no connection opens", () => {
  const refused: readonly (readonly [name: string, shape: UpgradeShape, statuses: readonly number[]])[] = [
    ["§4.2.1 no Upgrade", { headers: { Upgrade: undefined } }, [400, 426]],
    ["§4.2.1 another Upgrade", { headers: { Upgrade: "h2c" } }, [400, 426]],
    ["§4.2.1 an Upgrade that only starts like it", { headers: { Upgrade: "websocket2" } }, [400, 426]],
    ["§4.2.1 no Connection", { headers: { Connection: undefined } }, [400, 426]],
    ["§4.2.1 another Connection", { headers: { Connection: "close" } }, [400, 426]],
    ["§4.2.1 no Host", { headers: { Host: undefined } }, [400]],
    ["§4.2.1 no key", key(undefined), [400]],
    ["§4.2.1 an empty key", key(""), [400]],
    ["§4.2.1 a key of 15 bytes", key(Buffer.alloc(15).toString("base64")), [400]],
    ["§4.2.1 a key of 17 bytes", key(Buffer.alloc(17).toString("base64")), [400]],
    ["§4.2.1 a key that is not base64", key("!".repeat(22).concat("==")), [400]],
    ["§11.3.1 two keys", key([SAMPLE_KEY, SAMPLE_KEY]), [400]],
    ["§4.2.1 no version", version(undefined), [400, 426]],
    ["§4.4 version 0", version("0"), [400, 426]],
    ["§4.4 version 8, a draft", version("8"), [400, 426]],
    ["§4.4 version 12", version("12"), [400, 426]],
    ["§4.4 version 14", version("14"), [400, 426]],
    ["§4.1 version 13.0", version("13.0"), [400, 426]],
    ["§4.1 version 013", version("013"), [400, 426]],
    ["§4.1 version 0xd", version("0xd"), [400, 426]],
    ["§11.3.5 two versions", version(["13", "8"]), [400, 426]],
    ["§4.1 a version that is not a number", version("thirteen"), [400, 426]],
    ["§4.2.1 method POST", { method: "POST" }, [400, 404, 405, 426]],
    ["§4.2.1 method PUT", { method: "PUT" }, [400, 404, 405, 426]],
    ["§4.2.1 method HEAD", { method: "HEAD" }, [400, 404, 405, 426]],
    ["§4.2.1 method OPTIONS", { method: "OPTIONS" }, [400, 404, 405, 426]],
    ["§4.2.1 method CONNECT", { method: "CONNECT", target: "localhost:80" }, [0, 400, 404, 405]],
    ["§4.2.1 a method in lower case", { method: "get" }, [400, 405]],
    ["§4.2.1 HTTP/1.0", { version: "HTTP/1.0" }, [400, 426, 505]],
    ["§4.2.1 HTTP/0.9", { version: "HTTP/0.9" }, [400, 426, 505]],
    ["§4.2.1 HTTP/3.0", { version: "HTTP/3.0" }, [400, 426, 505]],
    ["§4.2.2 another path", { target: "/api/v1/wss" }, [404]],
    ["§4.2.2 the path in other case", { target: "/API/v1/ws" }, [404]],
    ["§4.2.2 the path and a slash", { target: "/api/v1/ws/" }, [404]],
    ["§4.2.2 the path through its parent", { target: "/api/v1/../v1/ws" }, [404]],
    ["§4.2.2 the path after two slashes", { target: "//api/v1/ws" }, [404]],
    ["§4.2.2 the path percent-encoded", { target: "/api/v1/%77s" }, [404]],
    ["§4.2.2 an asterisk for a target", { target: "*" }, [400, 404]],
    ["§4.2.2 a file for a target", { target: "/../../etc/passwd" }, [400, 404]],
    ["§4.2.2 another host's absolute URI", { target: "http://elsewhere.test/elsewhere" }, [400, 404]],
    ["§4.2.2 a target of 20 KB", { target: `/api/v1/ws?${"x".repeat(20_000)}` }, [414, 431]],
    ["§4.2.1 a header of 20 KB", { headers: { "X-Long": "x".repeat(20_000) } }, [431]],
    ["§4.2.1 2,100 headers of 20 KB together", { headers: { "X-Many": Array(2_100).fill("x") } }, [400, 431]],
    ["RFC 9112 §5.1 a space before the colon", { headers: { "Upgrade ": "websocket" } }, [400]],
    ["RFC 9110 §5.5 NUL in a header", { headers: { "X-Nul": "a\0b" } }, [400]],
    ["RFC 9112 §5.2 a folded header", { headers: { "X-Fold": "a\r\n b\r\n\t: c" } }, [400]],
    ["RFC 9112 §6.1 length and chunks", { headers: { "Content-Length": "4", "Transfer-Encoding": "chunked" } }, [400]],
    ["RFC 9112 §6.3 two lengths", { headers: { "Content-Length": ["4", "5"] } }, [400]],
    ["§11.3.4 a broken subprotocol", { headers: { "Sec-WebSocket-Protocol": "a,,b" } }, [400]],
  ];
  test.for(refused)("%s", async ([, shape, statuses]) => {
    const target = await startTarget();
    const client = await RawClient.dial(target.url);
    client.send(upgradeRequest(shape));
    client.socket.end();
    const { status } = await client.response();
    expect(statuses).toContain(status);
    await client.ended;
    await target.assertServed();
  });

  const garbage: readonly (readonly [name: string, bytes: Buffer | string])[] = [
    ["a TLS hello", Buffer.from("16030100c8010000c40303", "hex")],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a frame before any handshake", text(request())],
    ["lines that end in LF alone", upgradeRequest().replaceAll("\r\n", "\n")],
    ["zeros", Buffer.alloc(4_096)],
    ["an endless request line", "G".repeat(100_000)],
  ];
  test.for(garbage)("§4.2.1 bytes that are not HTTP: %s", async ([, bytes]) => {
    const target = await startTarget();
    const client = await RawClient.dial(target.url);
    client.send(bytes);
    client.socket.end();
    const { status } = await client.response();
    expect([0, 400, 405, 431]).toContain(status);
    await client.ended;
    await target.assertServed();
  });
});

describe("bytes after the head of an upgrade request", () => {
  const bodies: readonly (readonly [name: string, shape: UpgradeShape])[] = [
    ["a body", { headers: { "Content-Length": "5" }, body: "hello" }],
    ["a chunked body", { headers: { "Transfer-Encoding": "chunked" }, body: "5\r\nhello\r\n0\r\n\r\n" }],
    ["a second request", { body: "GET /api/v1/ws HTTP/1.1\r\nHost: localhost\r\n\r\n" }],
  ];
  test.for(bodies)(
    "RFC 9112 §9.3 %s is refused or read as invalid frames, and never as a second request",
    async ([, shape]) => {
      const target = await startTarget();
      const client = await RawClient.dial(target.url);
      client.send(upgradeRequest(shape));
      client.socket.end();
      const { status } = await client.response();
      const { code } = await client.ending();
      expect([status, code]).toEqual(status === 101 ? [101, 1002] : [400, undefined]);
      await target.assertServed();
    },
  );

  test("RFC 9110 §10.1.1 a request with Expect: 100-continue gets a response", async () => {
    const target = await startTarget();
    const client = await RawClient.dial(target.url);
    client.send(upgradeRequest({ headers: { Expect: "100-continue" } }));
    expect([100, 101, 400, 417]).toContain((await client.response()).status);
    client.socket.destroy();
    await target.assertServed();
  });
});
