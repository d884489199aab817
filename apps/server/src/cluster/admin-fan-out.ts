import { ADMIN_API } from "../admin/admin-api.js";
import type { WorkerReply, WorkerRequest } from "./worker-requests.js";

/** Number of entries in a joined list unless the request has a limit: the same as for one process. */
const LIMIT = 100;

/** The requests for every worker: those about trades and the log. */
const OF_WORKERS: readonly RegExp[] = [/^POST \/trades\//, /^PUT \/log-level$/];
/** The requests for every server of a cluster: those about connections, topics and tokens. */
const OF_SERVERS: readonly RegExp[] = [
  /^GET \/(?:connections|topics)$/,
  /^DELETE \/connections\//,
  /^(?:POST|DELETE) \/revocations$/,
];

/**
 * Returns whether a request of an operator is for all workers; one worker gets the others.
 *
 * @param asksServers whether a worker asks all servers of its cluster itself, this machine's other workers included
 */
export function isForAll({ method, path }: Pick<WorkerRequest, "method" | "path">, asksServers: boolean): boolean {
  const [route = ""] = path.slice(ADMIN_API.length).split("?");
  const patterns = asksServers ? OF_WORKERS : [...OF_WORKERS, ...OF_SERVERS];
  return patterns.some((pattern) => pattern.test(`${method} ${route}`));
}

/**
 * Joins the replies of all workers: lists are concatenated, numbers summed. A connection exists in one worker only, so that 404
 * of the others does not count. Any other failure does: then the act must be repeated, which is harmless.
 */
export function joinReplies(replies: readonly WorkerReply[], path: string): WorkerReply {
  const done = replies.filter(({ status }) => status < 300);
  const failed = replies.find(({ status }) => status >= 300 && status !== 404);
  const [first] = failed === undefined ? done : [failed];
  if (first === undefined) return replies[0] as WorkerReply;
  if (failed !== undefined || first.body.length === 0 || done.length === 1) return first;
  const limit = Number(new URLSearchParams(path.split("?")[1]).get("limit") ?? LIMIT);
  const joined = joinObjects(
    done.map(({ body }) => JSON.parse(body.toString())),
    limit,
  );
  return { ...first, body: Buffer.from(JSON.stringify(joined)) };
}

function joinObjects(objects: readonly Record<string, unknown>[], limit: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(objects[0] ?? {}).map(([name, value]) => {
      const values = objects.map((object) => object[name]);
      if (Array.isArray(value)) return [name, values.flat().slice(0, limit)];
      return [name, typeof value === "number" ? values.reduce<number>((sum, each) => sum + Number(each), 0) : value];
    }),
  );
}
