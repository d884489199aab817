import { STATUS_CODES } from "node:http";

/** Why an upgrade is refused. */
export interface Refusal {
  readonly ok: false;
  /** The HTTP status. */
  readonly status: number;
  /** What is wrong and what to do. A text of ours alone, fit for the client's eyes: nothing the client sent is in it. */
  readonly reason: string;
  /** What the status asks for beside it, such as `Allow` with 405. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The whole HTTP response that tells a refusal, for the stream of an upgrade. The connection ends with it. */
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
