import { readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import { parseArgs } from "node:util";
import type { ConnectionInfo, Revocation, TopicInfo } from "@trading/ws-server";
import type { Environment } from "../config/env.js";
import type { WorkingOrder } from "../modules/module.js";
import { type AdminClient, adminClient } from "./admin-client.js";
import { CommandError, invalidArguments } from "./command-error.js";
import { tableOf } from "./table.js";

export const ADMIN_HELP = `node dist/main.js admin <command> [options]

Acts on a running server through its operators' endpoints. Set ADMIN_TOKEN (or ADMIN_TOKEN_FILE) as for the server, and
ADMIN_URL, the address of its metrics port (default: METRICS_PORT, or 9464, on this machine). The server writes one audit
line for each act: who (the name of the token), what, on what, and the outcome.

  connections [--subject S] [--address A] [--topic T]  lists open connections
  close <connection> [--code N] [--reason TEXT]        closes one; with 1012, the default, the client connects again
  topics [--route R]                                   lists running topics with their subscribers
  publish [<file>]      publishes updates to running topics, in this order: one JSON object a line, from the file or the
                        standard input, such as {"route":"quotes","params":{…},"update":{…}}
  trade <symbol> <price> <quantity> [--side sell]      sends a trade to the market of DATAFEED=external
  revoke --subject S | --token-id J                    refuses a user's tokens, or one (its claim jti), and closes their
                                                       connections; also after a restart
  restore --subject S | --token-id J                   accepts them again
  revocations                                          lists what is revoked
  orders <account>                                     lists working orders
  cancel <account> <order>                             cancels one
  cancel <account> --all                               cancels all, except the brackets of positions
  halt <account> [--reason TEXT]                       refuses new orders; cancelling and closing stay possible
  resume <account>                                     accepts orders again
  log-level [<level>]                                  prints or sets it: debug, info, warn, error or silent

  --limit N    the maximum number of listed entries            default 100
  --json       prints the reply as JSON
  --help       this text

  export ADMIN_TOKEN_FILE=admin-token ADMIN_URL=http://127.0.0.1:9464
  node dist/main.js admin connections --subject alice
  echo '{"route":"quotes","params":{"symbols":["AAPL"],"fast_symbols":[]},"update":{"s":"ok","n":"AAPL","v":{"lp":1}}}' |
    node dist/main.js admin publish
  node dist/main.js admin halt A-1 --reason "Under review" && node dist/main.js admin cancel A-1 --all
`;

/** The fields of a list of all servers. */
interface Listed {
  readonly total: number;
  /** Servers whose entries are not included. */
  readonly missing: readonly string[];
}

/** An entry of such a list, with its server if there are several. */
type OfServer<Entry> = Entry & { readonly server?: string };

/** Maximum number of updates per request. */
const MAX_BATCH = 1_000;

/** The environment of the command. */
export interface AdminContext {
  readonly env: Environment;
  readonly stdin: NodeJS.ReadableStream;
}

type Options = ReturnType<typeof optionsOf>["values"];

/** A command with its arguments: sends requests, and returns the text to print. */
type Command = (
  client: AdminClient,
  names: readonly string[],
  options: Options,
  context: AdminContext,
) => Promise<Output>;

/** The reply for `--json`, and the same for people. */
interface Output {
  readonly reply: unknown;
  readonly text: string;
}

/** The commands, with the names of their arguments. */
const COMMANDS: Readonly<Record<string, { readonly names: readonly string[]; readonly run: Command }>> = {
  connections: { names: [], run: listConnections },
  topics: { names: [], run: listTopics },
  close: {
    names: ["connection"],
    run: async (client, [id = ""], { code, reason }) => {
      await client.send("DELETE", ["connections", id], { query: { code, reason } });
      return done(`Closed the connection ${id}.`);
    },
  },
  publish: { names: ["[file]"], run: publish },
  trade: {
    names: ["symbol", "price", "quantity"],
    run: async (client, [symbol = "", price, qty], { side }) => {
      const trade = { price: Number(price), qty: Number(qty), side: side === "sell" ? -1 : 1 };
      await client.send("POST", ["trades", symbol], { body: { trades: [trade] } });
      return done(`Sent a trade in ${symbol}.`);
    },
  },
  revoke: {
    names: [],
    run: async (client, _names, options) => {
      const reply = await client.send<{ closed: number }>("POST", ["revocations"], { body: revocationOf(options) });
      return { reply, text: `Revoked; closed ${reply.closed} ${reply.closed === 1 ? "connection" : "connections"}.\n` };
    },
  },
  restore: {
    names: [],
    run: async (client, _names, options) => {
      await client.send("DELETE", ["revocations"], { query: revocationOf(options) });
      return done("Restored.");
    },
  },
  revocations: {
    names: [],
    run: async (client) => {
      const reply = await client.send<{ revocations: Revocation[] }>("GET", ["revocations"]);
      const rows = reply.revocations.map((each) =>
        "subject" in each ? { kind: "subject", value: each.subject } : { kind: "token", value: each.tokenId },
      );
      return { reply, text: tableOf(rows) || "Nothing is revoked.\n" };
    },
  },
  orders: {
    names: ["account"],
    run: async (client, [account = ""]) => {
      const reply = await client.send<{ orders: WorkingOrder[] }>("GET", ["accounts", account, "orders"]);
      const rows = reply.orders.map(({ id, symbol, side, qty, filledQty }) => {
        return { order: id, symbol, side: side === 1 ? "buy" : "sell", quantity: qty, filled: filledQty };
      });
      return { reply, text: tableOf(rows) || `${account} has no working orders.\n` };
    },
  },
  cancel: { names: ["account", "[order]"], run: cancel },
  halt: {
    names: ["account"],
    run: async (client, [account = ""], { reason = "" }) => {
      await client.send("PUT", ["accounts", account, "halt"], { body: { reason } });
      return done(`Halted ${account}: new orders are refused.`);
    },
  },
  resume: {
    names: ["account"],
    run: async (client, [account = ""]) => {
      await client.send("DELETE", ["accounts", account, "halt"]);
      return done(`Resumed ${account}.`);
    },
  },
  "log-level": {
    names: ["[level]"],
    run: async (client, [level]) => {
      if (level !== undefined) await client.send("PUT", ["log-level"], { body: { level } });
      const reply = await client.send<{ level: string }>("GET", ["log-level"]);
      return { reply, text: `${reply.level}\n` };
    },
  },
};

/**
 * Runs the command `admin`.
 *
 * @param args without the command's own name
 * @returns the text to print
 * @throws CommandError, or EnvError
 */
export async function adminCommand(args: readonly string[], context: AdminContext): Promise<string> {
  const { positionals, values } = optionsOf(args);
  if (values.help || args.length === 0) return ADMIN_HELP;
  const [name = "", ...given] = positionals;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new CommandError(
      `Unknown command ${JSON.stringify(name)}: expected one of ${Object.keys(COMMANDS).join(", ")}. See admin --help.`,
    );
  }
  const missing = command.names[given.length];
  if (missing !== undefined && !missing.startsWith("[")) {
    throw new CommandError(
      `Missing ${missing}: expected admin ${name} <${command.names.join("> <")}>. See admin --help.`,
    );
  }
  const extra = given[command.names.length];
  if (extra !== undefined) throw new CommandError(`Unexpected argument ${JSON.stringify(extra)}. See admin --help.`);
  const { reply, text } = await command.run(adminClient(context.env), given, values, context);
  return values.json ? `${JSON.stringify(reply ?? {})}\n` : text;
}

async function listConnections(client: AdminClient, _names: readonly string[], options: Options): Promise<Output> {
  const { subject, address, topic, limit } = options;
  const query = { subject, address, topic, limit };
  const reply = await client.send<Listed & { connections: OfServer<ConnectionInfo>[] }>("GET", ["connections"], {
    query,
  });
  const rows = reply.connections.map(
    ({ id, subject: user, address: from, protocol, livedMs, topics, waitingBytes, server }) => {
      return {
        ...(server !== undefined && { server }),
        connection: id,
        user,
        address: from,
        protocol,
        seconds: Math.floor(livedMs / 1_000),
        topics: topics.length,
        unsent: waitingBytes,
      };
    },
  );
  return { reply, text: listed(rows, reply, "connections") };
}

async function listTopics(client: AdminClient, _names: readonly string[], { route, limit }: Options): Promise<Output> {
  const query = { route, limit };
  const reply = await client.send<Listed & { topics: OfServer<TopicInfo>[] }>("GET", ["topics"], { query });
  const rows = reply.topics.map(({ topic, state, subscribers, offset, kept, server }) => {
    return { ...(server !== undefined && { server }), topic, state, subscribers, offset, retained: kept };
  });
  return { reply, text: listed(rows, reply, "topics") };
}

async function publish(
  client: AdminClient,
  [file]: readonly string[],
  _: Options,
  { stdin }: AdminContext,
): Promise<Output> {
  const lines = (file === undefined ? await readAll(stdin) : readFile(file)).split("\n");
  const updates = lines.flatMap((line, index) => (line.trim() === "" ? [] : [parseLine(line, index + 1)]));
  if (updates.length === 0) throw new CommandError("There is nothing to publish: expected one JSON object a line.");
  let published = 0;
  const notRunning = new Set<string>();
  for (let start = 0; start < updates.length; start += MAX_BATCH) {
    const body = { updates: updates.slice(start, start + MAX_BATCH) };
    const reply = await client.send<{ published: number; notRunning: string[] }>("POST", ["publish"], { body });
    published += reply.published;
    for (const topic of reply.notRunning) notRunning.add(topic);
  }
  const others = [...notRunning].map((topic) => `Not running, so not published: ${topic}\n`);
  const text = `Published ${published} of ${updates.length} updates.\n${others.join("")}`;
  return { reply: { published, notRunning: [...notRunning] }, text };
}

async function cancel(
  client: AdminClient,
  [account = "", order]: readonly string[],
  { all }: Options,
): Promise<Output> {
  if (all === (order !== undefined)) {
    throw new CommandError("Expected the id of an order, or --all: admin orders <account> lists them.");
  }
  if (order !== undefined) {
    await client.send("DELETE", ["accounts", account, "orders", order]);
    return done(`Cancelled ${order}.`);
  }
  const reply = await client.send<{ cancelled: number }>("DELETE", ["accounts", account, "orders"]);
  return { reply, text: `Cancelled ${reply.cancelled} ${reply.cancelled === 1 ? "order" : "orders"}.\n` };
}

function done(sentence: string): Output {
  return { reply: undefined, text: `${sentence}\n` };
}

function listed(rows: readonly Readonly<Record<string, unknown>>[], { total, missing }: Listed, what: string): string {
  const more = rows.length < total ? `… ${total - rows.length} more ${what}: use --limit.\n` : "";
  const others = missing.length > 0 ? `Not included, because of no reply: ${missing.join(", ")}.\n` : "";
  return (tableOf(rows) || `No ${what}.\n`) + more + others;
}

function revocationOf({ subject, "token-id": tokenId }: Options): Record<string, string> {
  if ((subject === undefined) === (tokenId === undefined)) {
    throw new CommandError("Expected either --subject, a user, or --token-id, the claim jti of a token.");
  }
  return subject === undefined ? { tokenId: tokenId as string } : { subject };
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`Cannot read the file ${JSON.stringify(file)}: ${(error as Error).message}.`);
  }
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new CommandError(`Line ${number} is not JSON: ${(error as Error).message}.`);
  }
}

function optionsOf(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        subject: text,
        address: text,
        topic: text,
        route: text,
        limit: text,
        code: text,
        reason: text,
        side: text,
        "token-id": text,
        all: flag,
        json: flag,
        help: flag,
      },
    });
  } catch (error) {
    throw invalidArguments(error);
  }
}
