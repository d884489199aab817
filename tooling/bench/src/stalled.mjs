import { wsServer } from "./contenders.mjs";
import { within } from "./report.mjs";
import { withSides } from "./sides.mjs";

const CONSUMERS = 10;
const UPDATE_BYTES = 200;
const MIB = 2 ** 20;
const MAX_HELD_MIB = 1;
/** Maximum growth per consumer between the last two steps; above it, memory counts as still growing. */
const MAX_GROWTH_MIB = 1 / 16;

/** Measures the memory that the server holds for a consumer that does not read. @type {import("./main.mjs").Part} */
export async function stalled({ quick, showProgress }) {
  const steps = quick ? [1, 2] : [1, 2, 3, 4, 5, 6, 8, 12, 16];
  const tables = [];
  const broken = [];
  for (const sameBar of [true, false]) {
    const kind = sameBar ? "updates that replace one another" : "updates that must all arrive";
    showProgress(kind);
    const figures = await withSides((open) => measure(open, steps, sameBar));
    const largest = Math.max(...figures.map(({ heldMiB }) => heldMiB));
    const growth = figures[figures.length - 1].heldMiB - figures[figures.length - 2].heldMiB;
    if (largest > MAX_HELD_MIB) broken.push(`${kind}: a stalled consumer holds ${largest.toFixed(2)} MiB`);
    if (growth > MAX_GROWTH_MIB) broken.push(`${kind}: a stalled consumer still grows by ${growth.toFixed(2)} MiB`);
    tables.push({
      title: `A consumer that does not read: ${kind}`,
      head: ["sent per consumer, MiB", "held per consumer", "limit", "", "still connected"],
      rows: figures.map(({ sentMiB, heldMiB, connected }) => [
        String(sentMiB),
        ...within(heldMiB, MAX_HELD_MIB, "MiB"),
        `${connected} of ${CONSUMERS}`,
      ]),
    });
  }
  return { tables, broken };
}

/** @param {Parameters<Parameters<typeof withSides>[0]>[0]} open @param {number[]} steps @param {boolean} sameBar */
async function measure(open, steps, sameBar) {
  const server = await open.server(wsServer, { flags: ["--expose-gc"] });
  // Each consumer has its own topic, so that no two share a frame. Each topic also has a client that reads, so that it has a
  // history before the consumer subscribes.
  const reader = await open.loader(server, { connections: CONSUMERS, topics: CONSUMERS });
  let sent = 0;
  const publishUpTo = async (/** @type {number} */ updates) => {
    const turns = { topics: CONSUMERS, updates: CONSUMERS * 10, turns: Math.ceil((updates - sent) / 10), sameBar };
    await reader.countFrames(turns.turns * turns.updates, () => server.publish(turns));
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
