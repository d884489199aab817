import { readFileSync } from "node:fs";
import { wsServer } from "./contenders.mjs";
import { within } from "./report.mjs";
import { startAll, withSides } from "./sides.mjs";

const UPDATE_BYTES = 200;
const MIB = 2 ** 20;
const MAX_HELD_MIB = 1;
/** Maximum growth per consumer between the last two steps; above it, memory counts as still growing. */
const MAX_GROWTH_MIB = 1 / 16;

const KINDS = [
  { kind: "updates that replace one another", sameBar: true },
  { kind: "updates that must all arrive", sameBar: false },
];

/** The send buffer of a socket grows up to this size, and the server holds nothing until it is full. In MiB, rounded up. */
function sendBufferMiB() {
  const [, , most] = readFileSync("/proc/sys/net/ipv4/tcp_wmem", "utf8").trim().split(/\s+/);
  return Math.ceil(Number(most) / MIB);
}

/** Measures the memory that the server holds for a consumer that does not read. @type {import("./main.mjs").Part} */
export async function stalled({ quick, showProgress }) {
  // From here on, whatever the size of the send buffer, a consumer has been sent more than the server may hold.
  const full = sendBufferMiB() + 2 * MAX_HELD_MIB;
  const consumers = quick ? 2 : 10;
  const steps = quick ? [full, full + 1] : [1, 2, 3, 4, 5, full, full + 2, 2 * full, 2 * full + 4];
  const tables = [];
  const broken = [];
  const measured = await startAll(KINDS, quick, ({ kind, sameBar }) => {
    showProgress(kind);
    return withSides((open) => measure(open, consumers, steps, sameBar));
  });
  for (const [index, figures] of measured.entries()) {
    const { kind } = KINDS[index];
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
        `${connected} of ${consumers}`,
      ]),
    });
  }
  return { tables, broken };
}

/** @param {Parameters<Parameters<typeof withSides>[0]>[0]} open @param {number} consumers @param {number[]} steps @param {boolean} sameBar */
async function measure(open, consumers, steps, sameBar) {
  const server = await open.server(wsServer, { flags: ["--expose-gc"] });
  // Each consumer has its own topic, so that no two share a frame. Each topic also has a client that reads, so that it has a
  // history before the consumer subscribes.
  const reader = await open.loader(server, { connections: consumers, topics: consumers });
  let sent = 0;
  const publishUpTo = async (/** @type {number} */ updates) => {
    const turns = { topics: consumers, updates: consumers * 10, turns: Math.ceil((updates - sent) / 10), sameBar };
    await reader.countFrames(turns.turns * turns.updates, () => server.publish(turns));
    sent += turns.turns * 10;
  };
  await publishUpTo(1_000);
  sent = 0;
  const before = await server.usage();
  await open.loader(server, { connections: consumers, topics: consumers, stalled: true });
  const figures = [];
  for (const sentMiB of steps) {
    await publishUpTo((sentMiB * MIB) / UPDATE_BYTES);
    const { held, counts } = await server.usage();
    const connected = (counts?.connections ?? 0) - consumers;
    figures.push({ sentMiB, heldMiB: (held - before.held) / consumers / MIB, connected });
  }
  return figures;
}
