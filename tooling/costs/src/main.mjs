// `npm run costs`: measures what a peer can make the reference server spend, how others fare while it is attacked, and what clients
// notice of a restart.
import { parseArgs } from "node:util";
import { crowd } from "./crowd.mjs";
import { Progress } from "./progress.mjs";
import { restarts } from "./restart/restarts.mjs";
import { table } from "./table.mjs";

const HELP = `npm run costs [table | crowd | restart] [options]

table   sends every kind of request that a peer can send to the reference server, and prints what each costs: the longest turn of
        its event loop, its CPU time, and the bytes that it keeps. The default.
crowd   connects healthy clients that subscribe, request and trade, and prints their replies, refusals and times: first
        undisturbed, then while hostile connections without a login attack.
restart restarts one server, and two, behind a proxy with the sample of deploy/, while clients are subscribed. Prints how many
        connects failed, and how long clients were away.

The server is the one that npm start runs, in a separate process on a free port of 127.0.0.1, in demo mode. It takes the
environment variables of this command: MAX_TOPICS_PER_CONNECTION=100 npm run costs.

Options follow after --, as in: npm run costs -- table --only quotes

  --only <text>       only the requests whose name contains the text
  --tries <n>         measures each request this many times, and takes the least           default 3
  --hostile <n>       number of hostile connections                                         default 101
  --addresses <n>     number of addresses (127.0.0.2 and following) they connect from       default 1
  --healthy <n>       number of healthy clients                                             default 10
  --seconds <n>       duration of the quiet and of the attacked phase, each                 default 20
  --clients <n>       number of clients in restart                                          default 200
  --proxy <name>      nginx, haproxy or caddy, which must be installed                      default nginx
  --repository <dir>  another built checkout, whose server and client are restarted         default this one
  --plain             removes proxy_next_upstream from the sample of nginx
  --check             exits with 1 if a goal is missed; the table measures only requests that have goals, and reports those of
                      time without checking them, because other programs of the machine take time too
  --help              shows this text

Goals, for a peer without a login: no request blocks the loop for more than 20 ms or keeps more than 100 bytes for each byte
that was sent; 101 hostile connections leave the 99th percentile of the others within twice the quiet one; a restart with two servers
fails no connect, and clients are away for less than 3 s.
`;

const WHOLE = { tries: "3", hostile: "101", addresses: "1", healthy: "10", seconds: "20", clients: "200" };

const options = read();
if (options === undefined) process.stdout.write(HELP);
else {
  const progress = new Progress();
  const { missed, slow } = await { table, crowd, restart: restarts }[options.mode](options, progress);
  progress.end();
  for (const line of missed) console.log(`missed goal: ${line}`);
  for (const line of slow) console.log(`missed goal of time: ${line}`);
  if (missed.length > 0 && options.check) process.exitCode = 1;
}

/** The options of the command. @typedef {NonNullable<ReturnType<typeof read>>} Options */

function read() {
  try {
    const texts = Object.fromEntries(
      Object.entries(WHOLE).map(([name, byDefault]) => [
        name,
        { type: /** @type {const} */ ("string"), default: byDefault },
      ]),
    );
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        ...texts,
        only: { type: "string", default: "" },
        proxy: { type: "string", default: "nginx" },
        repository: { type: "string" },
        plain: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return undefined;
    const [mode = "table", ...others] = positionals;
    if (!["table", "crowd", "restart"].includes(mode) || others.length > 0)
      throw new Error(`unknown argument "${others[0] ?? mode}": use table, crowd or restart`);
    if (!["nginx", "haproxy", "caddy"].includes(values.proxy ?? ""))
      throw new Error(`invalid --proxy "${values.proxy}": expected nginx, haproxy or caddy`);
    return {
      mode: /** @type {"table" | "crowd" | "restart"} */ (mode),
      clients: whole(values, "clients"),
      proxy: /** @type {import("../../src/proxies/samples.mjs").ProxyName} */ (values.proxy),
      repository: values.repository,
      plain: values.plain === true,
      only: /** @type {string} */ (values.only),
      check: values.check === true,
      tries: whole(values, "tries"),
      hostile: whole(values, "hostile"),
      addresses: whole(values, "addresses"),
      healthy: whole(values, "healthy"),
      seconds: whole(values, "seconds"),
    };
  } catch (error) {
    console.error(`npm run costs: ${error instanceof Error ? error.message : error}. See npm run costs -- --help.`);
    process.exit(1);
  }
}

/** @param {object} values @param {keyof typeof WHOLE} name */
function whole(values, name) {
  const text = /** @type {Record<string, string>} */ (values)[name];
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new Error(`invalid --${name} "${text}": expected a whole number from 1`);
  return Number(text);
}
