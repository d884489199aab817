import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { assetsOf, findComponent } from "./assets.js";
import { type AsyncApiVersion, asyncApiDocument } from "./document.js";
import { DOCS_PAGE_CSP, docsPage } from "./page.js";
import type { AsyncApiService } from "./service.js";

/** Paths of the documents and their page. */
export interface AsyncApiPaths {
  /** Path of the documents, such as `/api/v1/ws/asyncapi.json`: 2.4.0, or 3.0.0 with `?version=3`. */
  readonly asyncApiPath: string;
  /** Path of the interactive page, such as `/api/v1/ws/asyncapi`, and prefix of its assets. */
  readonly docsPath: string;
}

/** Responds to an HTTP request for a document or the page. @returns false for other requests, which are left alone */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** The response at one URL. */
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

const NO_VERSION = "Unknown version: use ?version=2 or ?version=3.\n";
const NOT_FOUND = "Not found.\n";

/**
 * Creates the handler for a service's documents and their interactive page. Every resource is created on its first request
 * and cached, from this process and its disk only.
 *
 * Only exact paths of a fixed list are served; no part of a request becomes part of a file's path.
 */
export function asyncApiHandler(service: AsyncApiService, { asyncApiPath, docsPath }: AsyncApiPaths): HttpHandler {
  const component = findComponent();
  const resources = new Map<string, () => Resource>();
  for (const version of new Set(VERSIONS.values())) {
    const write = () => Buffer.from(JSON.stringify(asyncApiDocument(service, version)));
    resources.set(`${asyncApiPath}?${version}`, cached("application/json", write));
  }
  const page = { title: service.title, documentUrl: asyncApiPath, assetsPath: docsPath, installed: Boolean(component) };
  resources.set(
    docsPath,
    cached("text/html; charset=utf-8", () => Buffer.from(docsPage(page)), DOCS_PAGE_CSP),
  );
  for (const [name, { contentType, body }] of assetsOf(component)) {
    resources.set(`${docsPath}/${name}`, cached(contentType, body));
  }

  return (request, response) => {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    if (path !== asyncApiPath && path !== docsPath && !path.startsWith(`${docsPath}/`)) return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      refuse(response, 405, "Use GET or HEAD.\n", { allow: "GET, HEAD" });
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

/** Returns a function that creates a resource on its first call. */
function cached(contentType: string, read: () => Buffer, csp?: string): () => Resource {
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
    // Browsers revalidate each time, because an upgrade of the server changes the resource at the same URL.
    "cache-control": "no-cache",
    etag,
    "x-content-type-options": "nosniff",
    // For browsers that do not know frame-ancestors.
    ...(csp && { "content-security-policy": csp, "referrer-policy": "no-referrer", "x-frame-options": "DENY" }),
  };
  if (hasCopy(request, etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, "content-type": contentType, "content-length": body.length });
  // Node omits the body of a response to HEAD.
  response.end(body);
}

/** Returns whether the browser has a current copy (RFC 9110, If-None-Match). */
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
