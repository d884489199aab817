import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { lockFile } from "../src/lock-file.mjs";

const folder = mkdtempSync(join(tmpdir(), "lock-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("one of several callers does the work, and the others wait until it is done", async () => {
  const path = join(folder, "shared");
  let runs = 0;
  let isDone = false;
  const work = async () => {
    const unlock = await lockFile(path, () => isDone);
    if (unlock === undefined) return;
    runs++;
    await new Promise(setImmediate);
    isDone = true;
    unlock();
  };
  await Promise.all([work(), work(), work()]);
  expect([runs, existsSync(path)]).toEqual([1, false]);
});

test("another caller does the work if the first one fails", async () => {
  const path = join(folder, "failed");
  const first = await lockFile(path, () => false);
  const second = lockFile(path, () => false);
  first?.();
  (await second)?.();
  expect(existsSync(path)).toBe(false);
});

test("ignores the lock of a process that has ended, and one that is too old", async () => {
  const path = join(folder, "stale");
  const { pid } = spawnSync("true");
  writeFileSync(path, String(pid));
  (await lockFile(path, () => false))?.();
  writeFileSync(path, String(process.pid));
  utimesSync(path, 0, 0);
  expect(await lockFile(path, () => false)).toBeTypeOf("function");
});
