import type { Logger } from "@trading/ws-server";
import { conflictingVariable, type TokenRules } from "../auth/token-rules.js";
import type { ClusterProblem } from "../monitoring/monitoring-handler.js";
import type { Peer } from "./peers.js";

/** The remedy for each variable. @default {@link SAME} */
const REMEDIES: Readonly<Record<string, string>> = {
  JWT_SECRET:
    "set the same one on all servers, and the former one as JWT_SECRET_PREVIOUS on all of them while you replace it",
  JWKS_FILE: "use the same key set on all servers, with the former keys while you replace them",
  DEMO_SECRET: "set the same one on all servers",
};
const SAME = "set the same value on all servers";

/**
 * Notices servers of the cluster that accept other tokens than this one: a client would be refused as soon as it connects to
 * another server. Of two such servers, the one that has come later is not ready, so that a wrong setting stops the servers that
 * have it and not the whole cluster.
 */
export class TokenConflicts {
  readonly #rules: () => TokenRules;
  readonly #logger: Logger;
  /** The sentence about each server in conflict, by node. */
  #sentences: ReadonlyMap<string, string> = new Map();
  /** The servers in conflict that ran before this one. */
  #earlier: ReadonlySet<string> | undefined;

  constructor(rules: () => TokenRules, logger: Logger) {
    this.#rules = rules;
    this.#logger = logger;
  }

  /** Number of servers that accept other tokens. */
  get size(): number {
    return this.#sentences.size;
  }

  /**
   * One of the conflicts, in one sentence; undefined if there is none. The server is refused if it has come after one that accepts
   * other tokens, which still runs.
   */
  get problem(): ReturnType<ClusterProblem> {
    const [earlier] = this.#earlier ?? [];
    const reason = this.#sentences.get(earlier ?? "") ?? [...this.#sentences.values()][0];
    return reason === undefined ? undefined : { reason, isRefused: earlier !== undefined };
  }

  /** Compares the servers that run now. */
  compare(peers: readonly Peer[]): void {
    const rules = this.#rules();
    const sentences = new Map<string, string>();
    for (const { node, name, tokens } of peers) {
      const variable = conflictingVariable(rules, tokens);
      if (variable === undefined) continue;
      const sentence = `The server ${name} of this cluster has another ${variable}, so that one refuses tokens which the other accepts: ${REMEDIES[variable] ?? SAME}`;
      sentences.set(node, sentence);
      if (this.#sentences.get(node) !== sentence) this.#logger.error(sentence, { node });
    }
    if (this.size > 0 && sentences.size === 0) {
      this.#logger.info("All servers of this cluster accept the same tokens again");
    }
    this.#sentences = sentences;
    const earlier = this.#earlier ?? new Set(sentences.keys());
    this.#earlier = new Set([...earlier].filter((node) => sentences.has(node)));
  }
}
