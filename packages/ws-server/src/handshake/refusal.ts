import { STATUS_CODES } from "node:http";

/** The causes of refused upgrades. */
export type RefusalCause =
  | "malformed"
  | "host"
  | "origin"
  | "token"
  | "connections"
  | "address_connections"
  | "closing"
  | "path";

/** The reason why an upgrade is refused. */
export interface Refusal {
  readonly ok: false;
  /** The HTTP status. */
  readonly status: number;
  /** The problem and the remedy, for the client. Contains nothing that the client sent. */
  readonly reason: string;
  /** The cause, for metrics and the log. */
  readonly cause: RefusalCause;
  /** Headers that the status requires, such as `Allow` with 405. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns the HTTP response to a refused upgrade. It closes the connection. */
export function httpResponse({ status, reason, headers }: Refusal): string {
  const body = `${reason}\n`;
  const fields = Object.entries({
    ...headers,
    Connection: "close",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
  });
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`;
}
