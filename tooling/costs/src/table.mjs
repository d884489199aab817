import { asText } from "../../bench/src/report.mjs";
import { stopped } from "../../src/run.mjs";
import { GOALS, idleShareOf, measure, missedGoals } from "./measure.mjs";
import { send } from "./peer.mjs";
import { requestsOf } from "./requests.mjs";
import { Server, settings, WITHOUT_RATES } from "./server.mjs";

/** With `check`, a request that keeps too much is measured this many times more: the garbage collector can only add to it. */
const MORE_TRIES = 3;

/**
 * Measures every kind of request, and prints the table. With `check`, only those that have goals.
 *
 * @param {import("./main.mjs").Options} options @param {import("./progress.mjs").Progress} progress
 * @returns {Promise<import("./measure.mjs").Missed>}
 */
export async function table({ only, tries, check }, progress) {
  const limits = settings(process.env);
  let server = await Server.start(WITHOUT_RATES);
  const costs = [];
  const broken = [];
  try {
    const requests = (await requestsOf(server.port)).filter(
      ({ name, login }) => name.includes(only) && !(check && login),
    );
    const idleShare = await idleShareOf(server);
    let turn = 0;
    let account = await accountOf(server);
    for (const [index, request] of requests.entries()) {
      // Ctrl-C prints the rows so far.
      if (stopped.aborted) break;
      progress.show(index, requests.length, `${request.name}${request.login ? ", with a login" : ""}`);
      const context = () => ({ port: server.port, ...account, turn: ++turn });
      try {
        let cost = await measure(server, request, { context, tries, idleShare, measuresLeft: !check });
        for (let more = 0; check && more < MORE_TRIES && missedGoals(cost).missed.length > 0; more++) {
          cost = await measure(server, request, { context, tries, idleShare, measuresLeft: !check });
        }
        costs.push(cost);
      } catch (error) {
        broken.push(`${request.name}: ${error instanceof Error ? error.message : error}`);
        if (server.exitCode === undefined) continue;
        server = await Server.start(WITHOUT_RATES);
        account = await accountOf(server);
      }
    }
  } finally {
    await server.stop();
  }
  progress.end();
  const rows = costs.map((cost) => rowOf(cost, limits));
  for (const isLogin of check ? [false] : [false, true]) {
    const title = isLogin ? "What a peer with a login can ask for" : "What a peer without a login can ask for";
    const note = `Per row, the least of ${tries} tries. Turn: the longest turn of the event loop${isLogin ? "" : `, goal ${GOALS.longestMs} ms`}. Kept: bytes while the peer is connected${isLogin ? "" : `, goal ${GOALS.keptPerByte} for each byte sent`}; left: after it has disconnected${check ? ", not measured with --check" : ""}.`;
    console.log(
      asText({ title, head: HEAD, rows: rows.filter((_, index) => costs[index]?.request.login === isLogin), note }),
    );
  }
  if (costs.length === 0) broken.push(`no request was measured whose name contains ${JSON.stringify(only)}`);
  const goals = costs.map(missedGoals);
  return { missed: [...broken, ...goals.flatMap(({ missed }) => missed)], slow: goals.flatMap(({ slow }) => slow) };
}

const HEAD = [
  "request",
  "sent",
  "bytes",
  "turn, ms",
  "CPU, ms",
  "ms/request",
  "µs/byte",
  "kept, KB",
  "kept/byte",
  "left, KB",
  "replies",
  "settings",
];

/** @param {import("./measure.mjs").Cost} cost @param {Map<string, string>} limits */
function rowOf({ request, bytes, requests, longestMs, cpuMs, kept, left, replies }, limits) {
  const bounds = [...limits].flatMap(([name, value]) =>
    request.limits.test(name) && !name.startsWith("REPLAY") ? [`${name}=${value}`] : [],
  );
  return [
    request.name,
    `${requests}`,
    `${bytes}`,
    longestMs.toFixed(1),
    cpuMs.toFixed(1),
    (cpuMs / requests).toFixed(2),
    ((cpuMs * 1_000) / bytes).toFixed(2),
    (kept / 1_000).toFixed(0),
    (kept / bytes).toFixed(1),
    left === undefined ? "-" : (left / 1_000).toFixed(0),
    replies.slice(0, 70) || "-",
    bounds.join(" ") || "-",
  ];
}

/** Returns an account with its token. @param {Server} server */
async function accountOf(server) {
  const { body } = await send(server.port, { method: "POST", path: "/api/v1/auth/demo-token", body: "{}" });
  const { token, accountId } = JSON.parse(body);
  return { token, accountId };
}
