// The hostile connections of `npm run costs -- crowd`, in a separate process. Ends when its parent says so or exits.
import { setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { dial, Peer, send } from "./peer.mjs";

/** Pauses of an attacker, in milliseconds: between two rounds, and before it connects again. */
const ROUND_MS = 50;
const RECONNECT_MS = 250;

/** Time after which the process ends in any case, in milliseconds. */
const MAX_MS = 600_000;

const { port, connections, addresses } = JSON.parse(process.argv[2] ?? "{}");
const API = "/api/v1";
const SYMBOLS = ["AAPL", "MSFT", "GOOGL", "AMZN", "TSLA", "NVDA"];

/** @type {Map<string, number>} */
const counts = new Map();
const count = (/** @type {string} */ name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by);
let isStopped = false;

/** The actions of an attacker in each round on its socket. @type {Record<string, (peer: Peer, round: number, id: number) => void>} */
const ON_SOCKET = {
  "lists of unknown symbols": (peer, round, id) => {
    const symbols = Array.from({ length: 500 }, (_, index) => `~${id}.${round}.${index}`.slice(0, 12));
    peer.send("quotes.subscribe", { symbols, fast_symbols: [] }, { id: round });
  },
  "orders of one list": (peer, round) => {
    const filler = Array.from({ length: round % 400 }, () => "AAPL");
    peer.send("quotes.subscribe", { symbols: [], fast_symbols: [...SYMBOLS, ...filler] }, { id: round });
  },
  "depths of order books": (peer, round) => {
    for (let depth = 1; depth <= 20; depth++)
      peer.send("orderbook.subscribe", { symbol: "AAPL", depth: ((round * 20 + depth) % 500) + 1 });
  },
  "topics without end": (peer, round, id) => {
    for (let index = 0; index < 20; index++) peer.send("trades.subscribe", { symbol: `T${id}-${round}-${index}` });
  },
  "subscribes and unsubscribes": (peer, round) => {
    for (let index = 0; index < 20; index++) {
      const params = { symbol: SYMBOLS[(round + index) % SYMBOLS.length], resolution: "1" };
      peer.send("bars.subscribe", params);
      peer.send("bars.unsubscribe", params);
    }
  },
  "logins with invalid tokens": (peer, round) => {
    for (let index = 0; index < 10; index++) peer.send("auth.login", { token: `${"x".repeat(900)}.${round}.${index}` });
  },
  pongs: (peer) => {
    for (let index = 0; index < 200; index++) peer.socket.pong(Buffer.alloc(125));
  },
  "frames of 64 KB": (peer) => peer.raw(`{"type":"bars.subscribe","payload":${"[".repeat(30_000)}`),
  "fragments without an end": (peer) => {
    for (let index = 0; index < 100; index++) peer.socket.send("x", { fin: false });
  },
  "updates that are not read": (peer, round) => {
    peer.socket.pause();
    for (const symbol of SYMBOLS) peer.send("orderbook.subscribe", { symbol, depth: (round % 500) + 1 });
  },
};

/** The actions of an attacker in each round without a socket. @type {Record<string, (localAddress: string, round: number) => Promise<void>>} */
const WITHOUT_SOCKET = {
  "long histories": async (localAddress, round) => {
    const to = Date.now() - round * 86_400_000;
    const path = `${API}/datafeed/bars?symbol=${SYMBOLS[round % SYMBOLS.length]}&resolution=60&countBack=5000&to=${to}`;
    count(`long histories: ${(await send(port, { path, localAddress })).status}`);
  },
  "quotes of unknown symbols": async (localAddress, round) => {
    const symbols = Array.from({ length: 500 }, (_, index) => `Q${round}.${index}`);
    const request = { method: "POST", path: `${API}/datafeed/quotes`, body: JSON.stringify({ symbols }), localAddress };
    count(`quotes of unknown symbols: ${(await send(port, request)).status}`);
  },
  "objects as lists": async (localAddress) => {
    const request = {
      method: "POST",
      path: `${API}/datafeed/quotes`,
      body: '{"symbols":{"length":{"toString":0}}}',
      localAddress,
    };
    count(`objects as lists: ${(await send(port, request)).status}`);
  },
  "replies that are not read": async (localAddress) => {
    const socket = await dial(
      port,
      `GET ${API}/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(20),
      localAddress,
    );
    socket.pause();
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    count("replies that are not read: connections");
    // A few at a time stay open.
    if (open.size > 100) for (const oldest of [...open].slice(0, 50)) oldest.destroy();
  },
  "silent connections": async (localAddress) => {
    const socket = await dial(port, "", localAddress);
    open.add(socket);
    socket.on("close", () => {
      open.delete(socket);
      count("silent connections: closed");
    });
    count("silent connections: opened");
    if (open.size > 200) for (const oldest of [...open].slice(0, 50)) oldest.destroy();
  },
};

/** The open connections, with the names of their attacks. @type {Map<Peer, string>} */
const peers = new Map();
/** @type {Set<import("node:net").Socket>} */
const open = new Set();

setPriority(19);
process.on("disconnect", () => process.exit(0));
process.on("message", () => {
  isStopped = true;
  for (const [peer, name] of peers) countReplies(peer, name);
  process.send?.([...counts], () => process.exit(0));
});
setTimeout(() => process.exit(0), MAX_MS).unref();

const names = [...Object.keys(ON_SOCKET), ...Object.keys(WITHOUT_SOCKET)];
for (let id = 0; id < connections; id++) {
  const name = names[id % names.length] ?? "";
  void attack(name, id, `127.0.0.${2 + (id % Math.min(addresses, 250))}`);
}

/** @param {string} name @param {number} id @param {string} localAddress */
async function attack(name, id, localAddress) {
  let round = id * 1_000;
  const onSocket = ON_SOCKET[name];
  while (!isStopped) {
    try {
      if (onSocket) {
        const peer = await Peer.connect(port, { localAddress });
        count(`${name}: connections`);
        peers.set(peer, name);
        while (!isStopped && peer.closeCode === undefined) {
          onSocket(peer, round++, id);
          await sleep(ROUND_MS);
        }
        peers.delete(peer);
        if (isStopped) return;
        countReplies(peer, name);
        count(`${name}: closed ${peer.closeCode}`);
        peer.close();
      } else {
        await WITHOUT_SOCKET[name]?.(localAddress, round++);
        await sleep(ROUND_MS);
        continue;
      }
    } catch (error) {
      count(`${name}: ${error instanceof Error ? error.message.replace(/127\.\S+/, "…") : error}`);
    }
    await sleep(RECONNECT_MS);
  }
}

/** @param {Peer} peer @param {string} name */
function countReplies(peer, name) {
  for (const [reply, times] of peer.replies) if (/response|error/.test(reply)) count(`${name}: ${reply}`, times);
}
