import { randomInt } from "node:crypto";
import { type Console, formatCount, printable } from "../console.js";
import { EXIT } from "../exit-codes.js";
import { fuzz } from "../fuzz/run.js";
import type { Timeouts } from "../implementation.js";

/** `topic-conformance run --fuzz <n> [--seed <s>] -- <command...>` */
export async function runFuzz(
  command: readonly string[],
  count: number,
  seed: number = randomInt(2 ** 31),
  timeouts: Partial<Timeouts>,
  { out, err, colors, terminal }: Console,
  signal: AbortSignal,
): Promise<number> {
  err(`${formatCount(count)} random values, seed ${seed}`);
  const { implementation, same, durationMs, counterexample } = await fuzz({
    helloTimeoutMs: 10_000,
    caseTimeoutMs: 60_000,
    ...timeouts,
    command,
    count,
    seed,
    signal,
    ...(terminal !== undefined && { onProgress: (done) => terminal.write(`\r${formatCount(done)}`) }),
  });
  terminal?.write("\r");
  const speed = formatCount(Math.round(same / (durationMs / 1000)));
  const { name, version, language } = implementation;
  out(`${colors.bold(printable(`${name} ${version}`))} (${printable(language)}), seed ${seed}`);
  if (counterexample === undefined) {
    out(
      `${formatCount(same)} values, 0 differences, ${durationMs} ms (${speed} a second): ${colors.green("no difference found")}`,
    );
    return EXIT.conforms;
  }
  out(`${printable(counterexample.detail).replace(/^/gm, "  ")}\n`);
  out(JSON.stringify(counterexample.vector));
  out(`${formatCount(same)} values are the same, then one differs: ${colors.red("differs")}`);
  return EXIT.differs;
}
