import { ClientError } from "../errors.js";
import { readReply } from "./read-reply.js";

/** The body of a refusal (RFC 9457), with the additional member `code` of the reference server. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly code?: string;
  readonly [member: string]: unknown;
}

/**
 * A failed REST request. `message` can be shown to a user: it is the problem's detail or title if the server sent one.
 *
 * `code` is the problem's code, or `refused` if it has none. Without a reply it is `no_reply` (timeout), `unreachable`,
 * `token_failed` or `user_changed`; it is `invalid_reply` if the reply is not JSON.
 *
 * `retryable` is true if a retry can succeed and is safe. It is false for a write that the server may have executed.
 */
export class RestError extends ClientError {
  override readonly name = "RestError";
  /** The HTTP status; undefined without a reply. */
  readonly status: number | undefined;
  /** The problem in the reply; undefined if the reply is not a problem. */
  readonly problem: Problem | undefined;
  /** Milliseconds after which the server accepts another attempt, from its header Retry-After. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    message: string,
    details: {
      readonly retryable?: boolean;
      readonly cause?: unknown;
      readonly status?: number;
      readonly problem?: Problem | undefined;
      readonly retryAfterMs?: number | undefined;
    } = {},
  ) {
    super(code, message, details);
    this.status = details.status;
    this.problem = details.problem;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Maximum length of a problem, in characters. A longer body is not read. */
const MAX_PROBLEM_LENGTH = 65_536;

/** Statuses of a temporary refusal, after which the server has executed nothing, unless the code is `in_doubt`. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 503]);

/**
 * Builds the error for a reply with an error status.
 *
 * @param request the method and path, `GET /config`
 */
export async function refusalOf(reply: Response, request: string): Promise<RestError> {
  const { status } = reply;
  const problem = await problemOf(reply);
  const retryable = RETRYABLE.has(status) && problem?.code !== "in_doubt";
  const message = problem?.detail ?? problem?.title ?? `${request} failed with status ${status}`;
  const seconds = reply.headers.get("retry-after");
  const retryAfterMs = seconds && /^\d{1,5}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
  return new RestError(problem?.code ?? "refused", message, { status, problem, retryable, retryAfterMs });
}

async function problemOf(reply: Response): Promise<Problem | undefined> {
  if (!/^application\/(problem\+)?json\b/.test(reply.headers.get("content-type") ?? "")) return undefined;
  const body = await readReply(reply, MAX_PROBLEM_LENGTH)
    .then(({ text = "" }): unknown => JSON.parse(text))
    .catch(() => undefined);
  if (typeof body !== "object" || body === null) return undefined;
  // A member of the wrong type is ignored (RFC 9457, section 3.1).
  const texts = ["type", "title", "detail", "instance", "code"];
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => !texts.includes(name) || typeof value === "string"),
  );
}
