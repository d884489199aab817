import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { assetsOf, findComponent } from "./assets.js";
import { type AsyncApiVersion, asyncApiDocument } from "./document.js";
import { DOCS_PAGE_CSP, docsPage } from "./page.js";
import type { AsyncApiService } from "./service.js";

/** Where the documents and their page are served. */
export interface AsyncApiPaths {
  /** The documents: 2.4.0, and 3.0.0 with `?version=3`. Such as `/api/v1/ws/asyncapi.json`. */
  readonly asyncApiPath: string;
  /** The interactive page; its assets are below it. Such as `/api/v1/ws/asyncapi`. */
  readonly docsPath: string;
}

/** Answers an HTTP request that is its own. @returns false where it is not: nothing has been done then */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** What is served at one address. */
interface Resource {
  readonly contentType: string;
  readonly body: Buffer;
  readonly etag: string;
  readonly csp?: string;
}

const VERSIONS = new Map<string, AsyncApiVersion>([
  ["2", "2.4.0"],
  ["2.4", "2.4.0"],
  ["2.4.0", "2.4.0"],
  ["3", "3.0.0"],
  ["3.0", "3.0.0"],
  ["3.0.0", "3.0.0"],
]);

const NO_VERSION = "There is no such version: use ?version=2 or ?version=3.\n";
const NOT_FOUND = "There is nothing here.\n";

/**
 * Serves a service's documents and their interactive page. Everything is made at its first request and kept, and comes
 * from this process and its disk alone.
 *
 * Only exact paths of a fixed list are served; no part of a request becomes part of a file's path.
 */
export function asyncApiHandler(service: AsyncApiService, { asyncApiPath, docsPath }: AsyncApiPaths): HttpHandler {
  const component = findComponent();
  const resources = new Map<string, () => Resource>();
  for (const version of new Set(VERSIONS.values())) {
    const write = () => Buffer.from(JSON.stringify(asyncApiDocument(service, version)));
    resources.set(`${asyncApiPath}?${version}`, kept("application/json", write));
  }
  const page = { title: service.title, documentUrl: asyncApiPath, assetsPath: docsPath, installed: Boolean(component) };
  resources.set(
    docsPath,
    kept("text/html; charset=utf-8", () => Buffer.from(docsPage(page)), DOCS_PAGE_CSP),
  );
  for (const [name, { contentType, body }] of assetsOf(component)) {
    resources.set(`${docsPath}/${name}`, kept(contentType, body));
  }

  return (request, response) => {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    if (path !== asyncApiPath && path !== docsPath && !path.startsWith(`${docsPath}/`)) return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      refuse(response, 405, "Only GET and HEAD are answered here.\n", { allow: "GET, HEAD" });
      return true;
    }
    let address = path;
    if (path === asyncApiPath) {
      const version = VERSIONS.get(new URLSearchParams(query).get("version") ?? "2");
      if (version === undefined) {
        refuse(response, 400, NO_VERSION);
        return true;
      }
      address = `${path}?${version}`;
    }
    const resource = resources.get(address);
    if (resource === undefined) refuse(response, 404, NOT_FOUND);
    else send(request, response, resource());
    return true;
  };
}

/** Makes a resource when it is first asked for. */
function kept(contentType: string, read: () => Buffer, csp?: string): () => Resource {
  let resource: Resource | undefined;
  return () => {
    if (resource === undefined) {
      const body = read();
      const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
      resource = { contentType, body, etag, ...(csp && { csp }) };
    }
    return resource;
  };
}

function send(request: IncomingMessage, response: ServerResponse, { contentType, body, etag, csp }: Resource): void {
  const headers = {
    // Kept by the browser, and asked about each time: an upgrade of the server changes it at the same address.
    "cache-control": "no-cache",
    etag,
    "x-content-type-options": "nosniff",
    ...(csp && { "content-security-policy": csp, "referrer-policy": "no-referrer" }),
  };
  if (hasCopy(request, etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, "content-type": contentType, "content-length": body.length });
  // Node itself leaves the body of an answer to HEAD out.
  response.end(body);
}

/** Whether the browser's copy is this one (RFC 9110, If-None-Match). */
function hasCopy(request: IncomingMessage, etag: string): boolean {
  const copies = request.headers["if-none-match"]?.split(",") ?? [];
  return copies.some((copy) => copy.trim() === "*" || copy.trim().replace(/^W\//, "") === etag);
}

function refuse(
  response: ServerResponse,
  status: number,
  text: string,
  headers: { [name: string]: string } = {},
): void {
  response.writeHead(status, {
    ...headers,
    "content-type": "text/plain; charset=utf-8",
    "x-content-type-options": "nosniff",
  });
  response.end(text);
}
