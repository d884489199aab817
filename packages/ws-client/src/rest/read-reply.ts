import { excessOf } from "@trading/topic/shapes";

/** Maximum number of nested arrays and objects in a reply. */
const MAX_DEPTH = 64;

/** The text of a reply, or how it exceeds the limits. */
export type ReplyText =
  | { readonly text: string; readonly excess?: undefined }
  | { readonly text?: undefined; readonly excess: string };

/**
 * Reads a reply. Stops once it is too long, because a reply without an end would fill the memory before the request times
 * out.
 *
 * @param maxLength in characters; 0 = no limit
 */
export async function readReply(reply: Response, maxLength: number): Promise<ReplyText> {
  const text = await textOf(reply, maxLength || 1 / 0);
  const excess = excessOf(text, { maxLength, maxDepth: MAX_DEPTH, maxElements: 0 });
  return excess ? { excess } : { text };
}

/** Returns the text up to the limit, and what of it came with the last part. */
async function textOf(reply: Response, limit: number): Promise<string> {
  const reader = reply.body?.getReader();
  // React Native's `fetch` has no stream.
  if (!reader) return reply.text();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    text += decoder.decode(value, { stream: !done });
    if (done) return text;
    if (text.length > limit) {
      // Not awaited: a peer that keeps sending could delay it.
      reader.cancel().catch(() => {});
      return text;
    }
  }
}
