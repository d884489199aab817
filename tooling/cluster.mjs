// `npm run cluster`: Redis, two servers, and nginx in front of them, to try a cluster on one machine.
import { parseArgs } from "node:util";
import { ClusterServer } from "./src/cluster/cluster-server.mjs";
import { freePort } from "./src/free-port.mjs";
import { SampleProxy } from "./src/proxies/proxy.mjs";
import { RedisServer } from "./src/redis/redis-server.mjs";
import { findTool } from "./src/tools.mjs";

const HELP = `Usage: npm run cluster [-- --servers <number>]

Starts Redis, servers that share it, and nginx in front of them without stickiness. All servers show the same prices,
accounts and orders. A server that ends is started again after three seconds, so that you can kill one and look.

  --servers <number>   how many servers; default 2

Environment variables:
  PORT       the port of nginx, default 8000; the servers have the ports after it. 0: ports that are free
  REDIS_URL  a Redis that runs already, such as redis://127.0.0.1:6379
  DATA_DIR   accounts and orders, which the servers share

All other variables are passed to the servers: see the README. On one machine, WORKERS=2 npm start needs neither Redis
nor nginx.`;

/** The page with the same account on every server. A browser stores a demo account by address, and each server has its own. */
const PAGE = "/?account=TEST-001";

const { values } = parseArgs({ options: { help: { type: "boolean" }, servers: { type: "string", default: "2" } } });
if (values.help) {
  console.log(HELP);
  process.exit();
}
const count = Number(values.servers);
if (!Number.isInteger(count) || count < 1 || count > 16) {
  fail(`Invalid --servers "${values.servers}": expected a whole number from 1 to 16.`);
}
const given = process.env.REDIS_URL;
if (given === undefined && findTool("redis") === undefined) {
  fail(
    "Redis is not installed: install it (Debian: apt-get install redis-server), or set REDIS_URL to one that runs. " +
      "WORKERS=2 npm start needs no Redis.",
  );
}
const basePort = Number(process.env.PORT ?? 8_000);
if (!Number.isInteger(basePort) || basePort < 0 || basePort > 65_000) {
  fail(`Invalid PORT "${process.env.PORT}": expected a whole number from 0 to 65000.`);
}

const redis = given === undefined ? await RedisServer.start() : undefined;
const ports = [];
for (let index = 0; index <= count; index++) ports.push(basePort === 0 ? await freePort() : basePort + index);
const [proxyPort, ...serverPorts] = ports;
const servers = serverPorts.map((port, index) => {
  return new ClusterServer(index + 1, port, given ?? /** @type {RedisServer} */ (redis).url);
});

/** @type {SampleProxy | undefined} */
let proxy;
let isStopping = false;
async function stop() {
  if (isStopping) return;
  isStopping = true;
  // One after the other, so that clients can move to one that still runs.
  for (const server of servers) await server.stop();
  await proxy?.stop();
  await redis?.stop();
}
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, async () => {
    await stop();
    process.exitCode = 0;
  });
}

try {
  await Promise.all(servers.map((server) => server.start()));
  if (findTool("nginx") !== undefined && !isStopping) {
    proxy = await SampleProxy.start(
      "nginx",
      servers.map(({ port, metricsPort }) => ({ port, metricsPort })),
      (config) => config.replace(/^( *)listen unix:/m, `$1listen 127.0.0.1:${proxyPort};\n$&`),
    );
  }
} catch (error) {
  if (!isStopping) console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
  await stop();
}
if (!isStopping) {
  console.log(`
Redis      ${given ?? /** @type {RedisServer} */ (redis).url}
${servers.map(({ number, url, pid }) => `server ${number}   ${url}${PAGE}   kill -9 ${pid}`).join("\n")}
${proxy ? `nginx      http://127.0.0.1:${proxyPort}${PAGE}   any of them` : "nginx is not installed (Debian: apt-get install nginx-light): use the servers' addresses."}

Open two servers in two windows: they show the same prices, and an order placed in one appears in the other. Then
kill a server. Its page continues immediately through nginx, or at its own address when it has started again. The page
of the other server pauses for about two seconds if the killed one had its prices or its account.
Ctrl+C stops everything.
`);
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}
