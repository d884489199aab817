import { type CloseCode, closeCodes } from "@trading/topic";
import type { AsyncApiService } from "./service.js";

const RECONNECT = { no: "no", now: "within a second, at random", backoff: "back off" } as const;

/**
 * Returns the description of a document: the service's, the frame format, and the table of close codes.
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
