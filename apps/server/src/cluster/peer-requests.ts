import type { Clock } from "@trading/ws-server";
import type { Requests } from "@trading/ws-server/cluster";
import type { Peer, Peers } from "./peers.js";

/** The key of requests between servers about the whole server. */
const KEY = "server";
/** Time limit for a reply. */
const REPLY_MS = 3_000;

/** The replies of the other servers, and the names of those that have not replied. */
export interface PeerReplies {
  readonly replies: readonly { readonly name: string; readonly reply: unknown }[];
  readonly missing: readonly string[];
}

/** Requests from one server of a cluster to the others, such as acts of operators. */
export class PeerRequests {
  readonly #peers: Peers;
  readonly #requests: Pick<Requests, "sendTo" | "handle">;
  readonly #clock: Clock;

  constructor(peers: Peers, requests: Pick<Requests, "sendTo" | "handle">, clock: Clock) {
    this.#peers = peers;
    this.#requests = requests;
    this.#clock = clock;
  }

  /** The name of this server. */
  get name(): string {
    return this.#peers.name;
  }

  /** Handles the requests of other servers. @param handler throws for an invalid request */
  handle(handler: (request: unknown) => unknown): void {
    this.#requests.handle(KEY, async (body) => JSON.stringify(await handler(JSON.parse(body))));
  }

  /** Sends a request to one server. @throws RequestError if it does not reply */
  async ask({ node }: Pick<Peer, "node">, request: unknown): Promise<unknown> {
    return JSON.parse(await this.#requests.sendTo(node, KEY, JSON.stringify(request), REPLY_MS));
  }

  /** Sends a request to all servers that run now. */
  async askAll(request: unknown): Promise<PeerReplies> {
    if (!(await this.#peers.refresh(this.#clock))) return { replies: [], missing: ["the other servers"] };
    const peers = this.#peers.all;
    const outcomes = await Promise.allSettled(peers.map((peer) => this.ask(peer, request)));
    const named = peers.map(({ name }, index) => ({ name, outcome: outcomes[index] }));
    return {
      replies: named.flatMap(({ name, outcome }) =>
        outcome?.status === "fulfilled" ? [{ name, reply: outcome.value }] : [],
      ),
      missing: named.flatMap(({ name, outcome }) => (outcome?.status === "fulfilled" ? [] : [name])),
    };
  }
}
