import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { SourceError, WsServerError } from "@trading/ws-server";
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";

export const PROBLEM_TYPE = "application/problem+json";

/** Headers of every reply: no content sniffing, no referrer, no framing. */
export const SAFE_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
} as const;

/** The body of every rejected or failed request (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: "`about:blank`: the title is that of the status" }),
    title: z.string().meta({ description: "The name of the status" }),
    status: z.int(),
    detail: z.string().meta({ description: "What is wrong and what to do, for people" }),
    code: z.string().meta({ description: "A stable code for programs" }),
  })
  .meta({ id: "Problem" });

/** The default `code` of each status. */
const CODES: Readonly<Record<number, string>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  405: "method_not_allowed",
  408: "too_slow",
  413: "body_too_large",
  414: "address_too_long",
  415: "unsupported_media_type",
  429: "too_many_requests",
  431: "headers_too_large",
  500: "internal",
  503: "unavailable",
};

/** A rejected request. Throw it anywhere in a handler to send it as the reply. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly statusCode: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param statusCode HTTP status, 400 to 599
   * @param detail shown to the client: what is wrong with which value, and what to do
   * @param code for programs. @default the status's own
   */
  constructor(
    statusCode: number,
    detail: string,
    code = CODES[statusCode] ?? "bad_request",
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.statusCode = statusCode;
    this.code = code;
    this.headers = headers;
  }

  /** The reply's body as JSON. */
  get body(): string {
    const { statusCode: status, message: detail, code } = this;
    return JSON.stringify({ type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, detail, code });
  }
}

const BAD_URL = "The URL cannot be decoded: percent-encode its special characters.";
const INTERNAL_ERROR = new Problem(500, "Internal server error. Details are in the server's log.");

/** Replacements for Fastify's own messages that are not meant for clients. */
const DETAILS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: "The body is not valid JSON.",
  FST_ERR_CTP_EMPTY_JSON_BODY: "The body is empty: send JSON, or no content-type.",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "Unsupported content-type: expected application/json.",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "The body's length does not match content-length.",
  FST_ERR_BAD_URL: BAD_URL,
  FST_ERR_MAX_PARAM_LENGTH: "A path parameter is longer than 1,024 characters.",
};

/**
 * Returns the problem that reports an error to the client; undefined for an internal error, whose details stay private.
 */
function problemOf(error: Partial<FastifyError>): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof WsServerError) {
    if (error.retryable) return new Problem(503, error.message, error.code, { "retry-after": "1" });
    if (error instanceof SourceError) {
      return new Problem(error.code.startsWith("unknown_") ? 404 : 400, error.message, error.code);
    }
    return undefined;
  }
  const { statusCode = 500, code = "", message = "" } = error;
  if (statusCode === 413) return new Problem(413, "The body is larger than 64 KiB.");
  if (statusCode >= 400 && statusCode < 500) return new Problem(statusCode, DETAILS[code] ?? message);
  return undefined;
}

function send(reply: FastifyReply, problem: Problem): FastifyReply {
  const headers = { ...SAFE_HEADERS, ...problem.headers, "content-type": PROBLEM_TYPE };
  // A buffer, because Fastify adds a charset to the content type of strings, and JSON has none.
  return reply.status(problem.statusCode).headers(headers).send(Buffer.from(problem.body));
}

/**
 * Sends every rejected, unmatched or failed request a problem. Internal errors are passed to `onInternalError` only.
 */
export function registerErrorHandlers(
  http: FastifyInstance,
  notFound: string,
  onInternalError: (error: unknown, method: string, route: string) => void,
): void {
  const missing = new Problem(404, notFound);
  http.setNotFoundHandler((_request, reply) => send(reply, missing));
  http.setErrorHandler((error: Partial<FastifyError>, request, reply) => {
    const problem = problemOf(error);
    // A path that escapes the page's directory must look like any other missing file.
    const isForbiddenPath = problem?.statusCode === 403 && problem !== error;
    if (problem !== undefined) return send(reply, isForbiddenPath ? missing : problem);
    onInternalError(error, request.method, request.routeOptions.url ?? "");
    return send(reply, INTERNAL_ERROR);
  });
}

/** Replies to a request that Fastify rejects before it finds a route. */
export function replyToBadUrl(error: Partial<FastifyError>, reply: FastifyReply): void {
  send(reply, problemOf(error) ?? new Problem(400, BAD_URL));
}

/** Replies to data that Node's HTTP parser rejects, before there is a request. */
export function replyToBadRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const { statusCode, body } = badMessage(error.code);
  const head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\ncontent-type: ${PROBLEM_TYPE}`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

function badMessage(code: string | undefined): Problem {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new Problem(408, "The request took too long to arrive.");
  if (code === "HPE_HEADER_OVERFLOW") return new Problem(431, "The headers are larger than 16 KiB.");
  return new Problem(400, "Not a valid HTTP request.");
}
