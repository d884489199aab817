import { quantile, restart } from "./restart.mjs";

/** Caddy looks at the state of a server before it sends clients there, and needs time to notice that it stops. */
const DELAY_MS = { nginx: 0, haproxy: 0, caddy: 2_000 };
const MAX_AWAY_S = 3;

/**
 * Restarts one server and two, with a drain and without, and prints a table.
 *
 * @param {import("../main.mjs").Options} options
 * @param {import("../progress.mjs").Progress} progress
 * @returns {Promise<import("../measure.mjs").Missed>}
 */
export async function restarts({ proxy, clients, repository, plain }, progress) {
  const missed = [];
  let done = 0;
  console.log(`Restarts behind ${proxy}, ${clients} clients`);
  console.log("servers  DRAIN_MS  failed connects  away: median      p99      max  a server is down for");
  for (const servers of [1, 2]) {
    for (const drainMs of [0, 5_000]) {
      progress.show(done++, 4, `servers: ${servers}, DRAIN_MS=${drainMs}`);
      const delay = servers > 1 && DELAY_MS[proxy] > 0 ? { DRAIN_DELAY_MS: `${DELAY_MS[proxy]}` } : {};
      const { failed, awayMs, downMs } = await restart({
        ...{ proxy, servers, clients, directory: repository },
        environment: { DRAIN_MS: `${drainMs}`, ...delay },
        change: (config) => (plain ? config.replace(/proxy_next_upstream .*;/, "") : config),
      });
      const [median, p99, max] = [0.5, 0.99, 1].map((share) => quantile(awayMs, share));
      const times = [median, p99, max].map((time) => `${time.toFixed(2)} s`.padStart(8)).join(" ");
      const down = downMs.map((ms) => `${(ms / 1_000).toFixed(1)} s`).join(", ");
      progress.end();
      console.log(`${servers}        ${`${drainMs}`.padEnd(8)}  ${`${failed}`.padStart(15)}    ${times}  ${down}`);
      if (servers === 1) continue;
      if (failed > 0) missed.push(`${failed} connects failed with two servers and DRAIN_MS=${drainMs}`);
      if (p99 >= MAX_AWAY_S) missed.push(`clients were away for ${p99.toFixed(1)} s with two servers`);
    }
  }
  return { missed, slow: [] };
}
