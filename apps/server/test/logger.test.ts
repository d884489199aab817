import { describe, expect, test } from "vitest";
import { createLogger } from "../src/logger.js";

function lines(level: Parameters<typeof createLogger>[0], format: "json" | "text") {
  const written: string[] = [];
  return { written, logger: createLogger(level, format, { write: (line) => void written.push(line) }) };
}

describe("a log line", () => {
  test("is one JSON object with time, level, message and fields", () => {
    const { written, logger } = lines("info", "json");
    const error = new Error("late");
    logger.warn("The feed is late", { symbol: "AAPL", lateMs: 7, error });
    logger.debug("not written");
    expect(written).toHaveLength(1);
    const { time, ...entry } = JSON.parse(written[0] as string);
    expect(new Date(time).toISOString()).toBe(time);
    expect(entry).toEqual({
      level: "warn",
      message: "The feed is late",
      symbol: "AAPL",
      lateMs: 7,
      error: error.stack,
    });
  });

  test("is readable text with the format text, with an error's stack under it", () => {
    const { written, logger } = lines("debug", "text");
    logger.debug("The feed is late", { symbol: "AAPL", error: new Error("x") });
    expect(written[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} DEBUG The feed is late {2}symbol="AAPL"\n {4}Error: x\n/);
  });

  test("says what to do when an error is that no more files can be opened", () => {
    const { written, logger } = lines("info", "json");
    const cause = Object.assign(new Error("too many open files"), { code: "EMFILE" });
    logger.error("A request failed", { error: new Error("The store failed", { cause }) });
    expect(JSON.parse(written[0] as string).message).toBe(
      "A request failed: the limit of open files is reached, raise it with ulimit -n in the shell that starts the server, LimitNOFILE= in a systemd unit, or ulimits nofile in Docker",
    );
  });

  test.each(["json", "text"] as const)("contains no control characters and no secrets: %s", (format) => {
    const { written, logger } = lines("info", format);
    const hostile = 'x\n{"level":"error"}\u001b[2J\u0085\u009b31m';
    logger.info(hostile, { [hostile]: hostile, token: "sesame", header: "Bearer abcdef.ghi", text: "of a fact" });
    expect(written).toHaveLength(1);
    const line = (written[0] as string).slice(0, -1);
    expect(line).not.toMatch(/\p{Cc}/u);
    expect(line).not.toMatch(/sesame|abcdef/);
    expect(line).toContain("of a fact");
  });

  test("is not written at level silent, and never throws", () => {
    const { written, logger } = lines("silent", "json");
    logger.error("x");
    expect(written).toEqual([]);
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    const all = lines("debug", "json");
    all.logger.error("x", {
      loop,
      big: 1n,
      get bad() {
        throw new Error("no");
      },
    });
    expect(all.written).toHaveLength(1);
  });
});
