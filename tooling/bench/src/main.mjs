// `npm run bench`: what the hot paths cost, as ratios within this one run, beside the design's floors and goals.
import { cpus } from "node:os";
import { topicBench } from "./topic.mjs";

if (process.argv.includes("--help")) {
  console.log(`npm run bench

Measures the hot paths and prints medians of interleaved rounds. Nanoseconds depend on the machine; ratios are taken
within this run, and are what the goals are about. Close other programs first. Takes about 20 seconds.`);
  process.exit(0);
}

console.log(`Node ${process.version}, ${cpus()[0]?.model ?? "unknown processor"}\n`);

const tables = topicBench(progress);
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");

for (const { title, rows } of tables) {
  console.log(`A canonical topic of ${title}`);
  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log(`  ${"".padEnd(width)}  ${"median".padStart(9)}  ${"× stringify".padStart(11)}  floor  goal`);
  for (const { name, cost, ratio, goal } of rows) {
    const [floor, target] = goal ?? [];
    const verdict =
      goal === undefined ? "" : ratio >= target ? "  goal met" : ratio >= floor ? "  floor met" : "  BELOW FLOOR";
    console.log(
      `  ${name.padEnd(width)}  ${`${cost.toFixed(0)} ns`.padStart(9)}  ${ratio.toFixed(2).padStart(11)}` +
        `  ${(floor?.toFixed(1) ?? "").padStart(5)}  ${(target?.toFixed(1) ?? "").padStart(4)}${verdict}`,
    );
  }
  console.log();
}

/** @param {number} done @param {number} rounds */
function progress(done, rounds) {
  if (process.stderr.isTTY) process.stderr.write(`\r${"█".repeat(done)}${"░".repeat(rounds - done)} measuring`);
}
