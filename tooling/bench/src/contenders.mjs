import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const RIVALS = fileURLToPath(new URL("../rivals", import.meta.url));

/** @param {string} name */
const rival = (name) => new URL(`../rivals/${name}.mjs`, import.meta.url).href;

/** `@trading/ws-server`, which sends at the end of each turn. Batching over several turns is a separate contender. @type {import("./server.mjs").Contender} */
export const wsServer = {
  name: "@trading/ws-server",
  file: new URL("servers/ws-server.mjs", import.meta.url).href,
  options: { maxBatchDelayMs: 0 },
  dialect: { path: "/api/v1/ws" },
};

/** `@trading/ws-server` with a batching window. @type {import("./server.mjs").Contender} */
export const wsServerBatching = {
  ...wsServer,
  name: "@trading/ws-server, 5 ms window",
  options: { maxBatchDelayMs: 5 },
};

/** @type {import("./server.mjs").Contender} */
export const wsNaive = { name: "ws, stringify and send each", file: rival("ws"), options: { stringify: "each" } };

/** @type {import("./server.mjs").Contender} */
export const wsOnce = { name: "ws, stringify once", file: rival("ws"), options: { stringify: "once" } };

/** The client opens a namespace first; its requests are Socket.IO events. @type {import("./server.mjs").Contender} */
export const socketIo = {
  name: "Socket.IO rooms",
  file: rival("socket-io"),
  dialect: { path: "/socket.io/?EIO=4&transport=websocket", greeting: "40", greetings: 2 },
  textOf(request) {
    const { type, payload } = JSON.parse(request);
    return `42${JSON.stringify([type, payload])}`;
  },
};

/** @type {import("./server.mjs").Contender} */
export const uWebSockets = { name: "uWebSockets publish", file: rival("uwebsockets") };

/** @type {import("./server.mjs").Contender} */
export const netEach = { name: "net, write each", file: rival("net"), options: { coalesced: false } };

/** @type {import("./server.mjs").Contender} */
export const netCoalesced = { name: "net, coalesced", file: rival("net"), options: { coalesced: true } };

/** Returns the name and version of each rival. */
export function rivalVersions() {
  const { dependencies } = JSON.parse(readFileSync(`${RIVALS}/package.json`, "utf8"));
  return Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
}

/** Installs the rivals unless they are installed. They are outside the workspace, because uWebSockets ships binaries for every platform. */
export function installRivals() {
  const wanted = readFileSync(`${RIVALS}/package-lock.json`, "utf8");
  const stamp = `${RIVALS}/node_modules/.package-lock.json`;
  if (existsSync(stamp) && sameVersions(wanted, readFileSync(stamp, "utf8"))) return;
  console.error("Installing the rivals (once; 260 MB, most of it uWebSockets' binaries) …");
  const options = ["ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  const { status } = spawnSync("npm", options, { cwd: RIVALS, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("npm ci failed in tooling/bench/rivals; see its output above.");
}

/** Compares two lock files by package versions. @param {string} wanted @param {string} installed */
function sameVersions(wanted, installed) {
  const packages = JSON.parse(installed).packages;
  return Object.entries(JSON.parse(wanted).packages).every(
    ([path, { version }]) => path === "" || packages[path]?.version === version,
  );
}
