import { SourceError, WsServerError } from "@trading/ws-server";
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import { PROBLEM_TYPE, Problem, SAFE_HEADERS } from "./problem.js";

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
