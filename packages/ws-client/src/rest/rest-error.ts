import { ClientError } from "../errors.js";

/** What a server says of a request it refuses (RFC 9457), with the `code` our servers add. */
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
 * A REST request that failed. `message` is for a person: the problem's detail where there is one. `code` is the problem's,
 * else `refused`; without a reply `no_reply` (out of time) or `unreachable`; `invalid_reply` for what is not JSON.
 *
 * `retryable` is whether asking again may help and is safe: what may have been done is not.
 */
export class RestError extends ClientError {
  /** The HTTP status; undefined where no reply came. */
  readonly status: number | undefined;
  /** All that the server said, where it said it as a problem. */
  readonly problem: Problem | undefined;

  constructor(
    code: string,
    message: string,
    details: {
      readonly retryable?: boolean;
      readonly cause?: unknown;
      readonly status?: number;
      readonly problem?: Problem | undefined;
    } = {},
  ) {
    super(code, message, details);
    this.status = details.status;
    this.problem = details.problem;
  }
}

/** For a moment only, and nothing was done. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 503]);

/** @param what the request, `GET /config` */
export async function refusalOf(reply: Response, what: string): Promise<RestError> {
  const { status } = reply;
  const problem = await problemOf(reply);
  const told = problem?.detail ?? problem?.title;
  return new RestError(problem?.code ?? "refused", told ?? `${what} was refused with the status ${status}`, {
    status,
    problem,
    retryable: RETRYABLE.has(status),
  });
}

async function problemOf(reply: Response): Promise<Problem | undefined> {
  if (!/^application\/(problem\+)?json\b/.test(reply.headers.get("content-type") ?? "")) return undefined;
  const body: unknown = await reply.json().catch(() => undefined);
  if (typeof body !== "object" || body === null) return undefined;
  // A member of the wrong type is ignored (RFC 9457, 3.1).
  const texts = ["type", "title", "detail", "instance", "code"];
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => !texts.includes(name) || typeof value === "string"),
  );
}
