import type { ConnectionInfo, Logger, Revocation, StreamServer, TopicInfo } from "@trading/ws-server";
import { z } from "zod";
import type { PeerRequests } from "../cluster/peer-requests.js";
import type { Peer } from "../cluster/peers.js";
import { Problem } from "../http/problem.js";
import { storedRevocation } from "./revocation-file.js";
import type { SharedRevocations } from "./shared-revocations.js";

/** Maximum length of a list in a reply to another server, in characters: a reply has at most 4 MB. */
const MAX_LIST_LENGTH = 1_000_000;

/** Selects connections; undefined selects all. */
export type ConnectionFilter = z.output<typeof connectionFilter>;

const connectionFilter = z.object({
  subject: z.string().optional(),
  address: z.string().optional(),
  topic: z.string().optional(),
});

/** The first entries of a list of all servers, with the server of each if there are several, and the number of all. */
export interface Page<Entry> {
  readonly entries: readonly (Entry & { readonly server?: string })[];
  readonly total: number;
  /** Servers that have not replied, so that their entries are not included. */
  readonly missing: readonly string[];
}

/** A request of another server. */
const request = z.discriminatedUnion("act", [
  z.object({ act: z.literal("connections"), filter: connectionFilter, limit: z.int() }),
  z.object({ act: z.literal("topics"), route: z.string().optional(), limit: z.int() }),
  z.object({ act: z.literal("close"), id: z.string(), code: z.int(), reason: z.string() }),
  z.object({ act: z.literal("merge"), entries: z.array(storedRevocation) }),
  z.object({ act: z.literal("revocations"), skip: z.int().nonnegative() }),
]);
const listReply = z.object({ entries: z.array(z.unknown()), total: z.int() });
const closeReply = z.object({ isClosed: z.boolean() });
const mergeReply = z.object({ closed: z.int() });
const revocationsReply = z.object({ entries: z.array(storedRevocation), total: z.int() });

/** The parts of a server that it controls. */
export interface StreamControlParts {
  readonly stream: StreamServer;
  readonly revocations: SharedRevocations;
  readonly logger: Logger;
  /** The other servers of the cluster, which have the same acts carried out. @default the server is alone, or its primary asks each */
  readonly others?: PeerRequests | undefined;
}

/** The acts of operators on clients and topics, carried out on all servers of the cluster. */
export class StreamControl {
  readonly #parts: StreamControlParts;

  constructor(parts: StreamControlParts) {
    this.#parts = parts;
  }

  connections(filter: ConnectionFilter, limit: number): Promise<Page<ConnectionInfo>> {
    return this.#list({ act: "connections", filter, limit }, this.#connectionsHere(filter, limit), limit);
  }

  topics(route: string | undefined, limit: number): Promise<Page<TopicInfo>> {
    return this.#list({ act: "topics", route, limit }, this.#topicsHere(route, limit), limit);
  }

  /**
   * Closes a connection, on whichever server it is.
   *
   * @returns whether it exists @throws WsServerError for an invalid code or reason; Problem 503 if a server has not replied
   */
  async close(id: string, code: number, reason: string): Promise<boolean> {
    if (this.#parts.stream.closeConnection(id, { code, reason })) return true;
    const { replies, missing } = await this.#askOthers({ act: "close", id, code, reason });
    if (replies.some(({ reply }) => closeReply.parse(reply).isClosed)) return true;
    if (missing.length > 0) throw unconfirmed(missing, "it may have the connection, so repeat the act when it replies");
    return false;
  }

  get revocations(): readonly Revocation[] {
    return this.#parts.stream.revocations;
  }

  /**
   * Revokes tokens on all servers. Those that do not reply get the revocation later.
   *
   * @returns the number of closed connections @throws WsServerError; Problem 503 if a server has not replied
   */
  async revoke(revocation: Revocation): Promise<number> {
    const { entry, closed } = this.#parts.revocations.revoke(revocation);
    const { replies, missing } = await this.#askOthers({ act: "merge", entries: [entry] });
    if (missing.length > 0)
      throw unconfirmed(missing, "all others refuse the tokens now, and it does when it can be reached");
    return replies.reduce((sum, { reply }) => sum + mergeReply.parse(reply).closed, closed);
  }

  /** @returns whether it was revoked @throws WsServerError; Problem 503 if a server has not replied */
  async restore(revocation: Revocation): Promise<boolean> {
    const entry = this.#parts.revocations.restore(revocation);
    if (entry === undefined) return false;
    const { missing } = await this.#askOthers({ act: "merge", entries: [entry] });
    if (missing.length > 0)
      throw unconfirmed(missing, "all others accept the tokens again, and it does when it can be reached");
    return true;
  }

  /** Handles a request of another server. @throws ZodError for an invalid one */
  handle(given: unknown): unknown {
    const asked = request.parse(given);
    switch (asked.act) {
      case "connections":
        return fitting(this.#connectionsHere(asked.filter, asked.limit));
      case "topics":
        return fitting(this.#topicsHere(asked.route, asked.limit));
      case "close": {
        const { id, code, reason } = asked;
        return { isClosed: this.#parts.stream.closeConnection(id, { code, reason }) };
      }
      case "merge":
        return { closed: this.#parts.revocations.merge(asked.entries).closed };
      case "revocations":
        return this.#parts.revocations.page(asked.skip);
    }
  }

  /** Gets the revocations of servers that have others than this one. Called after each look at them. */
  async synchronize(peers: readonly Peer[], from: Pick<PeerRequests, "ask">): Promise<void> {
    const { revocations, logger } = this.#parts;
    for (const peer of peers) {
      if (peer.revocations === revocations.digest) continue;
      try {
        for (let skip = 0, total = 1; skip < total; ) {
          const reply = revocationsReply.parse(await from.ask(peer, { act: "revocations", skip }));
          revocations.merge(reply.entries);
          total = reply.total;
          skip += Math.max(1, reply.entries.length);
        }
      } catch (error) {
        // It is asked again after the next look.
        logger.warn("The revocations of another server could not be read", { server: peer.name, error });
      }
    }
  }

  #connectionsHere({ subject, address, topic }: ConnectionFilter, limit: number) {
    const all = this.#parts.stream
      .inspect()
      .connections.filter((each) => subject === undefined || each.subject === subject)
      .filter((each) => address === undefined || each.address === address)
      .filter((each) => topic === undefined || each.topics.includes(topic));
    return { entries: all.slice(0, limit), total: all.length };
  }

  #topicsHere(route: string | undefined, limit: number) {
    const { topics } = this.#parts.stream.inspect();
    const all = topics.filter((each) => route === undefined || each.route === route);
    return { entries: all.slice(0, limit), total: all.length };
  }

  async #list<Entry extends object>(
    asked: z.input<typeof request>,
    here: { readonly entries: readonly Entry[]; readonly total: number },
    limit: number,
  ): Promise<Page<Entry>> {
    const { others } = this.#parts;
    if (others === undefined) return { ...here, missing: [] };
    const { replies, missing } = await others.askAll(asked);
    // The other servers have the same version, or the reply to the operator is refused by its schema.
    const lists = replies.map(({ name, reply }) => ({ name, ...(listReply.parse(reply) as typeof here) }));
    const all = [{ name: others.name, ...here }, ...lists];
    return {
      entries: all.flatMap(({ name, entries }) => entries.map((entry) => ({ ...entry, server: name }))).slice(0, limit),
      total: all.reduce((sum, { total }) => sum + total, 0),
      missing,
    };
  }

  async #askOthers(asked: z.input<typeof request>) {
    return (await this.#parts.others?.askAll(asked)) ?? { replies: [], missing: [] };
  }
}

/** Shortens a list until it fits into a reply. */
function fitting<Entry>({ entries, total }: { readonly entries: readonly Entry[]; readonly total: number }) {
  let fits = entries;
  while (fits.length > 0 && JSON.stringify(fits).length > MAX_LIST_LENGTH) fits = fits.slice(0, fits.length >> 1);
  return { entries: fits, total };
}

function unconfirmed(missing: readonly string[], consequence: string): Problem {
  const names = missing.join(", ");
  return new Problem(503, `No reply of ${names}: ${consequence}.`, "unconfirmed");
}
