import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bars } from "@trading/topic/shapes";
import { createClient, type Gap } from "@trading/ws-client";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { root } from "../../src/run.mjs";

const RECORDED = 1_500;
const KILLS_AFTER = [40, 75, 130];
const DAY_MS = 86_400_000;
const START = Date.UTC(2020, 0, 6);

/** Creates a folder with a recording of this many days, which is removed after the test. */
function recording(): string {
  const folder = mkdtempSync(join(tmpdir(), "recording-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "TEST.csv");
  const lines = Array.from({ length: RECORDED }, (_, day) => `${START + day * DAY_MS},10,12,9,11,${100 + day}`);
  writeFileSync(file, ["time,open,high,low,close,volume", ...lines].join("\n"));
  return folder;
}

/** Starts the reference server. Started again in the same folder, it continues the recording, up to one second later. */
async function replayServer(folder: string, port: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(root, "apps/server/dist/main.js")], {
    env: {
      ...process.env,
      PORT: port,
      ENABLED_MODULES: "datafeed",
      DATAFEED: "replay",
      REPLAY_FILE: join(folder, "TEST.csv"),
      DATA_DIR: join(folder, "data"),
      REPLAY_BARS_PER_SECOND: "200",
      LOG_FORMAT: "text",
      LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const url = line.match(/ws:\/\/\S+/)?.[0];
    if (url !== undefined) return { child, url };
  }
  throw new Error("the server printed no address");
}

test(`receives every bar of a replay, or reports it in a gap, over ${KILLS_AFTER.length} times kill -9`, async () => {
  const folder = recording();
  let { child, url } = await replayServer(folder, "0");
  const port = new URL(url).port;
  const client = createClient({ url, WebSocket, backoffInitialMs: 50, backoffMaxMs: 200 });
  onTestFinished(() => client.close());

  /** The days that were received between gaps, without duplicates. */
  const stretches: number[][] = [[]];
  const gaps: Gap[] = [];
  let wake = () => {};
  client.subscribe(
    bars,
    { symbol: "TEST", resolution: "D" },
    {
      onUpdate: ({ time }) => {
        const stretch = stretches.at(-1) as number[];
        const day = (time - START) / DAY_MS;
        if (stretch.at(-1) !== day) stretch.push(day);
        wake();
      },
      onGap: (gap) => {
        gaps.push(gap);
        stretches.push([]);
      },
    },
  );
  const reached = async (isThere: () => boolean) => {
    while (!isThere()) await new Promise<void>((resolve) => (wake = resolve));
  };

  for (const [index, count] of KILLS_AFTER.entries()) {
    await reached(() => stretches.length === index + 1 && (stretches[index]?.length ?? 0) >= count);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    ({ child } = await replayServer(folder, port));
  }
  await reached(() => stretches.at(-1)?.at(-1) === RECORDED - 1);

  const holes = stretches.flatMap((stretch) =>
    stretch.filter((day, at) => at > 0 && day !== (stretch[at - 1] ?? 0) + 1),
  );
  const received = stretches.map(({ length }) => length);
  const days = stretches.flat();
  console.log(
    `bars received between gaps: ${received.join(", ")} of ${RECORDED}; ${gaps.length} gaps, ${holes.length} silent holes`,
  );
  expect(holes).toEqual([]);
  // Bars arrive in order, and the history contains the bars of the gaps.
  expect(days).toEqual([...days].sort((one, other) => one - other));
  const query = `symbol=TEST&resolution=D&from=${START}&to=${START + RECORDED * DAY_MS}&countBack=${RECORDED}`;
  const history = await fetch(`http://127.0.0.1:${port}/api/v1/datafeed/bars?${query}`);
  const { bars: past } = (await history.json()) as { bars: { time: number }[] };
  expect(past.map(({ time }) => (time - START) / DAY_MS)).toEqual(Array.from({ length: RECORDED }, (_, day) => day));
  expect(gaps).toHaveLength(KILLS_AFTER.length);
  for (const { reason, snapshot, before, after } of gaps) {
    expect([reason, snapshot]).toEqual(["not_recovered", true]);
    expect(before?.epoch).not.toBe(after?.epoch);
  }
});
