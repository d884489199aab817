import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findComponent } from "../../src/async-api/assets.js";
import { asyncApiDocument } from "../../src/async-api/document.js";
import { asyncApiHandler } from "../../src/async-api/handler.js";
import { service } from "./service.js";

const DOCUMENT = "/api/v1/ws/asyncapi.json";
const DOCS = "/api/v1/ws/asyncapi";

const handle = asyncApiHandler(service, { asyncApiPath: DOCUMENT, docsPath: DOCS });
const http = createServer((request, response) => {
  if (!handle(request, response)) response.writeHead(418).end("not handled");
});

beforeAll(async () => {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
});
afterAll(() => void http.close());

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends the path unchanged. A URL object would remove its dot segments. */
async function fetchPath(path: string, { method = "GET", headers = {} } = {}): Promise<Reply> {
  const { port } = http.address() as AddressInfo;
  const request = httpRequest({ host: "127.0.0.1", port, path, method, headers, agent: false }).end();
  const [response] = await once(request, "response");
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

describe("the documents", () => {
  test.each([
    ["", "2.4.0"],
    ["?version=2", "2.4.0"],
    ["?version=2.4.0", "2.4.0"],
    ["?version=3", "3.0.0"],
    ["?version=3.0.0", "3.0.0"],
  ] as const)("at %j is version %s", async (query, version) => {
    const { status, headers, body } = await fetchPath(DOCUMENT + query);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(JSON.parse(body)).toEqual(asyncApiDocument(service, version));
  });

  test.each(["4", "", "__proto__", "<script>"])(
    "of version %j are none, and the reply does not repeat it",
    async (version) => {
      const { status, body } = await fetchPath(`${DOCUMENT}?version=${encodeURIComponent(version)}`);
      expect(status).toBe(400);
      expect(body).toBe("Unknown version: use ?version=2 or ?version=3.\n");
    },
  );

  test("are not sent again to a client that has them cached", async () => {
    const { headers } = await fetchPath(DOCUMENT);
    const etag = headers.etag as string;
    for (const copies of [etag, `"other", ${etag}`, `W/${etag}`, "*"]) {
      const again = await fetchPath(DOCUMENT, { headers: { "if-none-match": copies } });
      expect([again.status, again.body, again.headers.etag]).toEqual([304, "", etag]);
    }
    expect((await fetchPath(`${DOCUMENT}?version=3`, { headers: { "if-none-match": etag } })).status).toBe(200);
  });
});

test("the page cannot be shown in a frame of another page, and runs no scripts but its own", async () => {
  const { headers } = await fetchPath(DOCS);
  expect(headers["x-frame-options"]).toBe("DENY");
  expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  expect(headers["content-security-policy"]).toContain("script-src 'self'");
});

describe("every address", () => {
  const ADDRESSES = [
    DOCUMENT,
    DOCS,
    ...["page.css", "start.js", "component.js", "component.css"].map((file) => `${DOCS}/${file}`),
  ];

  test.each(ADDRESSES)("%s replies to HEAD as to GET, without the body", async (path) => {
    const [get, head] = [await fetchPath(path), await fetchPath(path, { method: "HEAD" })];
    expect([get.status, head.status, head.body]).toEqual([200, 200, ""]);
    expect(head.headers["content-length"]).toBe(String(Buffer.byteLength(get.body)));
    expect(head.headers.etag).toBe(get.headers.etag);
    expect(get.headers["content-type"]).toMatch(/json$|; charset=utf-8$/);
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("refuses %s", async (method) => {
    for (const path of ADDRESSES) {
      const { status, headers } = await fetchPath(path, { method });
      expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
    }
  });
});

test("only the page is allowed to evaluate code, and it loads from no other server", async () => {
  const { headers } = await fetchPath(DOCS);
  const policy = headers["content-security-policy"] as string;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("'unsafe-eval'");
  expect(policy).not.toMatch(/https?:|\*/);
  expect((await fetchPath(DOCUMENT)).headers["content-security-policy"]).toBeUndefined();
});

test.each([
  "/../../package.json",
  "/..%2f..%2fpackage.json",
  "/%2e%2e/%2e%2e/package.json",
  "/component.js/../package.json",
  "//etc/passwd",
  "/..\\package.json",
  "/component.js%00.css",
  "/",
  "/nothing.js",
])("replies 404 to %s under the page", async (path) => {
  expect(await fetchPath(DOCS + path)).toMatchObject({ status: 404, body: "Not found.\n" });
});

test.each(["/", "/api/v1/ws", `${DOCS}x`, `${DOCUMENT}/`, "/other?x=/api/v1/ws/asyncapi"])(
  "does not handle %s",
  async (path) => expect(await fetchPath(path)).toMatchObject({ status: 418, body: "not handled" }),
);

test("returns undefined for a component that is not installed", () => {
  expect(findComponent()?.size).toBe(2);
  const missing = () => {
    throw new Error("Cannot find module");
  };
  expect(findComponent(missing)).toBeUndefined();
});
