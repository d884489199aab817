import type { ServerResponse } from "node:http";

/** Sends a complete reply. */
export function replyWithJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
