import { describe, expect, test } from "vitest";
import { describeStartupError } from "../../src/cli/startup-error.js";
import { checkOpenFiles } from "../../src/compose.js";
import { parseEnv } from "../../src/config/env.js";
import { fitSockets, openFileLimit } from "../../src/http/open-files.js";

describe("the sockets that the limit of open files permits", () => {
  test.each([
    ["the reserve is taken off", 0, 1_024, 760],
    ["a lower setting applies", 500, 1_024, 500],
    ["a higher setting does not", 10_000, 1_024, 760],
    ["an eighth is left of a very low limit", 0, 256, 32],
    ["at least one is left", 0, 4, 1],
    ["no limit permits any number", 0, undefined, 0],
    ["no limit permits the setting", 7, undefined, 7],
  ])("%s: %d of %s are %d", (_case, wanted, openFiles, expected) => {
    expect(fitSockets(wanted, openFiles)).toBe(expected);
  });

  test("the limit of this process is known", () => {
    expect(openFileLimit()).toBeGreaterThan(100);
  });

  test.each([
    [{ MAX_CONNECTIONS: "10000" }, 1_024, { MAX_CONNECTIONS: 10_000 }],
    [{}, 1_024, {}],
    [{ MAX_CONNECTIONS: "700" }, 1_024, undefined],
    [{}, 1_048_576, undefined],
    [{ MAX_CONNECTIONS: "10000" }, undefined, undefined],
  ])("%j with %s open files is reported at the start: %j", (env, openFiles, expected) => {
    const warnings: unknown[] = [];
    const ignore = () => {};
    const logger = { debug: ignore, info: ignore, error: ignore, warn: (...line: unknown[]) => warnings.push(line) };
    checkOpenFiles(parseEnv(env), logger, openFiles);
    const sentence =
      "This process can open 1024 files (EMFILE above that), so the server accepts 760 sockets: raise it with ulimit -n in the shell that starts the server, LimitNOFILE= in a systemd unit, or ulimits nofile in Docker";
    expect(warnings).toEqual(expected === undefined ? [] : [[sentence, expected]]);
  });
});

test("a server that cannot start because of it says so in one line", () => {
  const error = Object.assign(new Error("EMFILE: too many open files, open 'broker.db'"), { code: "EMFILE" });
  expect(describeStartupError(error, "127.0.0.1", 8000)).toMatch(
    /^The limit of open files is reached \(EMFILE: .*\): raise it with ulimit -n .*\.$/,
  );
});
