import { wsServer } from "./contenders.mjs";
import { within } from "./report.mjs";
import { withSides } from "./sides.mjs";
import { median } from "./statistics.mjs";
import { paramsOf } from "./workload.mjs";

/** CPU time, so that it does not depend on what else the machine does; see turns.mjs. */
const MAX_TURN_MS = 20;
/** As many tries find out whether a message always takes longer. */
const MAX_TRIES = 30;
/** The largest frame the server reads. */
const FRAME = 65_536;

/** Returns a message with a payload that fills the largest frame the server reads. @param {string} type @param {(room: number) => string} payloadOf */
function frame(type, payloadOf) {
  const [head, tail] = [`{"type":"${type}","payload":`, "}"];
  const text = head + payloadOf(FRAME - head.length - tail.length) + tail;
  if (Buffer.byteLength(text) > FRAME) throw new Error(`${text.slice(0, 80)}… is over ${FRAME} bytes`);
  return text;
}

/** Repeats a unit between head and tail until `room` is full. @param {string} head @param {string} unit @param {string} tail @param {number} room */
const filled = (head, unit, tail, room) =>
  head + unit.repeat(Math.floor((room - head.length - tail.length) / unit.length)).replace(/,$/, "") + tail;

/** Payloads that are expensive to parse, for any operation. @type {Record<string, (room: number) => string>} */
const PAYLOADS = {
  "10,000 arrays deep": () => "[".repeat(10_000) + "]".repeat(10_000),
  "10,000 objects deep": () => `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`,
  "64 KiB of opening brackets": (room) => "[".repeat(room),
  "64 KiB of one string": (room) => filled('"', "x", '"', room),
  "64 KiB of escapes": (room) => filled('"', "\\u0000", '"', room),
  "a number of 64 KiB": (room) => "9".repeat(room),
  "64 KiB of huge numbers": (room) => filled("[", "1e999,", "]", room),
  "64 KiB of members": (room) => `{${members(room - 2)}}`,
  "64 KiB of one member, repeated": (room) => filled("{", '"a":1,', "}", room),
};

/** Payloads aimed at one operation. @type {Record<string, Record<string, (room: number) => string>>} */
const AIMED = {
  "bars.subscribe": {
    "a symbol of 64 KiB": (room) => filled('{"resolution":"1","symbol":"', "x", '"}', room),
    "a symbol of 64 KiB, non-ASCII": (room) => filled('{"resolution":"1","symbol":"', "é", '"}', room / 2),
    "a symbol that is an array of 64 KiB": (room) => filled('{"resolution":"1","symbol":[', "1,", "]}", room),
    "a symbol that is a number of 64 KiB": (room) => filled('{"resolution":"1","symbol":', "9", "}", room),
  },
  "quotes.subscribe": {
    "64 KiB of symbols": (room) => filled('{"fast_symbols":[],"symbols":[', '"a",', "]}", room),
    "64 KiB of wrong symbols": (room) => filled('{"fast_symbols":[],"symbols":[', "1,", "]}", room),
    "64 KiB of empty symbols": (room) => filled('{"fast_symbols":[],"symbols":[', '"",', "]}", room),
    "a topic of 64 KiB": (room) => filled('{"fast_symbols":[],"symbols":[', `"${"é".repeat(30)}",`, "]}", room / 2),
  },
  "orders.place": {
    "64 KiB of wrong elements": (room) => filled('{"orders":[', "1,", "]}", room),
    "64 KiB of empty objects": (room) => filled('{"orders":[', "{},", "]}", room),
    "64 KiB of nulls": (room) => filled('{"orders":[', "null,", "]}", room),
    "4,000 wrong elements": () => `{"orders":[${Array(4_000).fill("1").join(",")}]}`,
    "1,000 wrong orders": () => `{"orders":[${Array(1_000).fill('{"symbol":1}').join(",")}]}`,
    "an order with 64 KiB of members": (room) => `{"orders":[{${members(room - 14)}}]}`,
  },
};

/** Valid requests, for comparison and to verify that the server supports the operations. */
const GOOD = {
  "bars.subscribe": JSON.stringify(paramsOf(0)),
  "quotes.subscribe": '{"symbols":["A"],"fast_symbols":[]}',
  "orders.place": '{"orders":[{"symbol":"A","quantity":1,"note":null}]}',
};

/** Measures how long one message blocks the event loop, and so all other clients. @type {import("./main.mjs").Part} */
export async function hostile({ quick, showProgress }) {
  const tries = quick ? 2 : 7;
  const rows = await withSides(async (open) => {
    const server = await open.server(wsServer);
    const block = async (/** @type {string} */ text) => {
      let served = false;
      const turns = /** @type {{ cpuMs: number, wallMs: number }[]} */ ([]);
      // The first tries run code that is not compiled yet.
      const isLate = () => turns.every(({ cpuMs }) => cpuMs > MAX_TURN_MS);
      while (turns.length < tries || (isLate() && turns.length < MAX_TRIES)) {
        const send = async () => {
          served = await open.sendOnce(server, text);
        };
        turns.push(await server.longestTurn(send));
      }
      const [cpuMs, wallMs] = [turns.map((turn) => turn.cpuMs), turns.map((turn) => turn.wallMs)];
      // A message that blocks does so each time. A garbage collection, or time that the host of a virtual machine takes, does not.
      return { leastMs: Math.min(...cpuMs), wallMs: median(wallMs), served };
    };
    const found = [];
    for (const [type, good] of Object.entries(GOOD)) {
      const usual = await block(frame(type, () => good));
      if (!usual.served)
        throw new Error(`The server closes the connection after a valid ${type}: the operation is not supported`);
      found.push({ type, name: "a valid request", ...usual });
      for (const [name, payloadOf] of Object.entries({ ...PAYLOADS, ...AIMED[type] })) {
        showProgress(`${type}: ${name}`);
        found.push({ type, name, ...(await block(frame(type, payloadOf))) });
      }
    }
    return found;
  });
  const table = {
    title: `Longest event loop turn while the server handles one message (${tries} tries)`,
    head: ["message", "operation", "median, ms", "CPU time, minimum", "limit", ""],
    rows: rows.map(({ type, name, leastMs, wallMs }) => [
      name,
      type,
      wallMs.toFixed(2),
      ...within(leastMs, MAX_TURN_MS, "ms"),
    ]),
    note:
      "The server keeps its event loop busy and records the longest turn of each try, which can include the client's handshake. The limit " +
      "applies to the CPU time of the turn in the best try: other processes on this core lengthen turns, and a message that blocks does so in each try.",
  };
  const late = rows.filter(({ leastMs }) => leastMs > MAX_TURN_MS);
  return {
    tables: [table],
    broken: late.map(({ type, name, leastMs }) => `${type} with ${name} takes ${leastMs.toFixed(1)} ms of CPU time`),
  };
}

/** Returns object members with distinct names. @param {number} room */
function members(room) {
  let text = '"m0":1';
  for (let index = 1; text.length + 12 < room; index++) text += `,"m${index}":1`;
  return text;
}
