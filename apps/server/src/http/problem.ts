import { STATUS_CODES } from "node:http";

export const PROBLEM_TYPE = "application/problem+json";

/** Headers of every reply: no content sniffing, no referrer, no framing. */
export const SAFE_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
} as const;

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
  421: "misdirected",
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
