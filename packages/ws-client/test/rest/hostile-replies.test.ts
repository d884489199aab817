import { describe, expect, test } from "vitest";
import { createRest, type RestError, type RestOptions } from "../../src/rest/index.js";

const HEADERS = { "content-type": "application/json" };
const PROBLEM = { "content-type": "application/problem+json" };

/** Creates a REST client that gets this reply to every request. */
function replying(reply: () => Response, options: Partial<RestOptions> = {}) {
  return createRest({ baseUrl: "https://example.com/api/v1", fetch: async () => reply(), ...options });
}

/** Returns a body without an end, and counts the parts that were read. */
function endless() {
  const read = { parts: 0, isCancelled: false };
  const part = new TextEncoder().encode(`"${"x".repeat(65_533)}",`);
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      read.parts += 1;
      if (read.parts > 5_000) throw new Error("read without a limit");
      controller.enqueue(part);
    },
    cancel() {
      read.isCancelled = true;
    },
  });
  return { body, read };
}

const failure = (promise: Promise<unknown>): Promise<RestError> =>
  promise.then(
    () => expect.unreachable("expected a rejection"),
    (error) => error,
  );

describe("a hostile REST server", () => {
  test("cannot fill the memory by a reply without an end", async () => {
    const { body, read } = endless();
    const error = await failure(replying(() => new Response(body, { headers: HEADERS })).config());
    expect(error).toMatchObject({ code: "invalid_reply", message: expect.stringContaining("longer than 16777216") });
    expect(read.parts).toBeLessThan(16_777_216 / 65_536 + 4);
    expect(read.isCancelled).toBe(true);
  });

  test("cannot fill the memory by a problem without an end", async () => {
    const { body, read } = endless();
    const error = await failure(replying(() => new Response(body, { status: 422, headers: PROBLEM })).config());
    expect(error).toMatchObject({ code: "refused", status: 422, problem: undefined });
    expect(read.parts).toBeLessThan(5);
    expect(read.isCancelled).toBe(true);
  });

  test("cannot make the application recurse into a reply", async () => {
    const nested = `${"[".repeat(8_000)}${"]".repeat(8_000)}`;
    const error = await failure(replying(() => new Response(nested, { headers: HEADERS })).config());
    expect(error).toMatchObject({
      code: "invalid_reply",
      message: "The reply to GET /datafeed/config is nested deeper than 64",
    });
    const refused = await failure(replying(() => new Response(nested, { status: 400, headers: PROBLEM })).config());
    expect(refused).toMatchObject({ code: "refused", problem: undefined });
  });

  test("can send as much as maxReplyLength allows, in any parts", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(["é".repeat(1_000)]));
    const parts = () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      });
    const rest = (maxReplyLength: number) =>
      replying(() => new Response(parts(), { headers: HEADERS }), { maxReplyLength });
    expect(await rest(1_004).config()).toEqual(["é".repeat(1_000)]);
    expect(await rest(0).config()).toEqual(["é".repeat(1_000)]);
    expect(await failure(rest(1_003).config())).toMatchObject({ code: "invalid_reply" });
  });
});
