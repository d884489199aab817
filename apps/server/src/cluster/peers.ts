import { hostname } from "node:os";
import type { Clock } from "@trading/ws-server";
import type { BusNode, ClusterPubSub } from "@trading/ws-server/cluster";
import { z } from "zod";
import { type TokenRules, tokenRules } from "../auth/token-rules.js";

/** Time at the start for the first look at the other servers. A server starts without them too. */
const FIRST_LOOK_MS = 2_000;
const MAX_NAME_LENGTH = 200;

/** The settings that a server publishes to the others. */
const peerSettings = z.object({
  name: z.string().max(MAX_NAME_LENGTH),
  tokens: tokenRules,
  /** Changes with the revoked tokens. */
  revocations: z.string().max(64),
});

export type PeerSettings = z.output<typeof peerSettings>;

/** Another server of the cluster. */
export interface Peer extends PeerSettings {
  readonly node: string;
}

/** A node of a cluster, as its peers are read. */
export type PeerNode = Pick<ClusterPubSub, "watchNodes">;

/** The settings of this server; its name is given. */
export interface OwnSettings {
  tokens(): TokenRules;
  revocations(): string;
}

/** Gets the other servers that run, after each look. */
type PeersListener = (peers: readonly Peer[]) => void;

/** The other servers of the cluster: publishes the settings of this one to them, and reads theirs every five seconds. */
export class Peers {
  /** The name of this server, for people. */
  readonly name: string;
  readonly #node: PeerNode;
  readonly #listeners: PeersListener[] = [];
  #all: readonly Peer[] = [];
  #look = () => {};
  #onFirstLook = () => {};
  readonly #firstLook = new Promise<void>((resolve) => {
    this.#onFirstLook = resolve;
  });

  constructor(node: PeerNode, name: string) {
    this.#node = node;
    this.name = name.slice(0, MAX_NAME_LENGTH);
  }

  /** Those that ran at the last look. */
  get all(): readonly Peer[] {
    return this.#all;
  }

  /** Calls a listener after each look. */
  onLook(listener: PeersListener): void {
    this.#listeners.push(listener);
  }

  /** Starts to publish the settings of this server, and to read those of the others. */
  start({ tokens, revocations }: OwnSettings): void {
    this.#look = this.#node.watchNodes({
      settings: () => JSON.stringify({ name: this.name, tokens: tokens(), revocations: revocations() }),
      onNodes: (nodes) => {
        this.#all = nodes.flatMap(peerOf);
        for (const listener of this.#listeners) listener(this.#all);
        this.#onFirstLook();
      },
    });
  }

  /** Publishes changed settings now. */
  publish(): void {
    this.#look();
  }

  /** Waits for the first look, at most two seconds: the other servers may not be reachable. */
  async ready(clock: Clock): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = clock.after(FIRST_LOOK_MS, resolve);
    });
    await Promise.race([this.#firstLook, late]);
    cancel();
  }
}

/** Returns the name of a server for people: its machine, its port, and the worker's number if there are several. */
export function serverName(port: number, worker: number | undefined): string {
  return `${hostname()}:${port}${worker === undefined ? "" : ` (worker ${worker})`}`;
}

/** Returns no peer for a server of another version, whose settings have another form. */
function peerOf({ node, settings }: BusNode): Peer[] {
  try {
    return [{ node, ...peerSettings.parse(JSON.parse(settings)) }];
  } catch {
    return [];
  }
}
