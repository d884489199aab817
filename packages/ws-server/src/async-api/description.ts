import { type CloseCode, closeCodes } from "@trading/topic";
import type { AsyncApiService } from "./service.js";

const RECONNECT = { no: "no", now: "within a second, at random", backoff: "back off" } as const;

/**
 * The text that opens a document: the service's own, how its frames look, and what each close code asks of a client.
 *
 * @param more a further paragraph
 */
export function descriptionOf({ description, path }: AsyncApiService, more: string): string {
  const rows = Object.values<CloseCode>(closeCodes).map(
    ({ code, reason, seenBy, reconnect, meaning }) =>
      `| ${code} | ${reason} | ${seenBy} | ${RECONNECT[reconnect]} | ${meaning} |`,
  );
  return [
    ...(description ? [description] : []),
    `One WebSocket at \`${path}\`. Each frame is text: one JSON object with \`type\`, \`payload\` and, where the client wants it echoed in the reply, \`id\`.`,
    more,
    "## Close codes",
    ["| code | reason | seen by | reconnect | meaning |", "| --- | --- | --- | --- | --- |", ...rows].join("\n"),
  ].join("\n\n");
}
