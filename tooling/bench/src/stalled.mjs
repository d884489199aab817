import { ours } from "./contenders.mjs";
import { within } from "./report.mjs";
import { withSides } from "./sides.mjs";

const CONSUMERS = 10;
const UPDATE_BYTES = 200;
const MIB = 2 ** 20;
const MOST_MIB = 1;
/** Between two doublings of what it does not read, a consumer that "stops growing" holds this much more at most. */
const STILL_MIB = 1 / 16;

/** What the server holds for a consumer that does not read. @type {import("./main.mjs").Part} */
export async function stalled({ quick, say }) {
  const steps = quick ? [1, 2] : [1, 2, 3, 4, 5, 6, 8, 12, 16];
  const tables = [];
  const broken = [];
  for (const sameBar of [true, false]) {
    const what = sameBar ? "updates that supersede one another" : "updates that each count";
    say(what);
    const figures = await withSides((open) => measure(open, steps, sameBar));
    const most = Math.max(...figures.map(({ heldMiB }) => heldMiB));
    const growth = figures[figures.length - 1].heldMiB - figures[figures.length - 2].heldMiB;
    if (most > MOST_MIB) broken.push(`${what}: a stalled consumer holds ${most.toFixed(2)} MiB`);
    if (growth > STILL_MIB) broken.push(`${what}: a stalled consumer still grows by ${growth.toFixed(2)} MiB`);
    tables.push({
      title: `A consumer that does not read: ${what}`,
      head: ["sent to each, MiB", "held by each", "at most", "", "still connected"],
      rows: figures.map(({ sentMiB, heldMiB, connected }) => [
        String(sentMiB),
        ...within(heldMiB, MOST_MIB, "MiB"),
        `${connected} of ${CONSUMERS}`,
      ]),
    });
  }
  return { tables, broken };
}

/** @param {Parameters<Parameters<typeof withSides>[0]>[0]} open @param {number[]} steps @param {boolean} sameBar */
async function measure(open, steps, sameBar) {
  const server = await open.server(ours, { flags: ["--expose-gc"] });
  // A topic each, so that no two consumers share a frame; and one reader each, which gives the topic its history.
  const reader = await open.loader(server, { connections: CONSUMERS, topics: CONSUMERS });
  let sent = 0;
  const publishUpTo = async (/** @type {number} */ updates) => {
    const turns = { topics: CONSUMERS, updates: CONSUMERS * 10, turns: Math.ceil((updates - sent) / 10), sameBar };
    await reader.sees(turns.turns * turns.updates, () => server.publish(turns));
    sent += turns.turns * 10;
  };
  await publishUpTo(1_000);
  sent = 0;
  const before = await server.usage();
  await open.loader(server, { connections: CONSUMERS, topics: CONSUMERS, stalled: true });
  const figures = [];
  for (const sentMiB of steps) {
    await publishUpTo((sentMiB * MIB) / UPDATE_BYTES);
    const { held, counts } = await server.usage();
    const connected = (counts?.connections ?? 0) - CONSUMERS;
    figures.push({ sentMiB, heldMiB: (held - before.held) / CONSUMERS / MIB, connected });
  }
  return figures;
}
