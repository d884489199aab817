import { hostname } from "node:os";
import type { Clock } from "@trading/ws-server";
import type { BusNode, ClusterPubSub } from "@trading/ws-server/cluster";
import { z } from "zod";
import { type TokenRules, tokenRules } from "../auth/token-rules.js";

/** Time limit of a look at the other servers. A server starts without them too. */
const LOOK_MS = 2_000;
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

/** Gets the other servers that run, after each look. It must not throw. */
type PeersListener = (peers: readonly Peer[]) => void | Promise<void>;

/** The other servers of the cluster: publishes the settings of this one to them, and reads theirs every five seconds. */
export class Peers {
  /** The name of this server, for people. */
  readonly name: string;
  readonly #node: PeerNode;
  readonly #listeners: PeersListener[] = [];
  #all: readonly Peer[] = [];
  #look = () => {};
  /** Called after the next look. */
  readonly #refreshing: (() => void)[] = [];
  #onFirstLook = () => {};
  readonly #firstLook = new Promise<void>((resolve) => {
    this.#onFirstLook = resolve;
  });

  constructor(node: PeerNode, name: string) {
    this.#node = node;
    this.name = name.slice(0, MAX_NAME_LENGTH);
  }

  /** The servers that ran at the last look. */
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
        const heard = Promise.all(this.#listeners.map((listener) => listener(this.#all)));
        void heard.then(this.#onFirstLook);
        for (const resolve of this.#refreshing.splice(0)) resolve();
      },
    });
  }

  /** Publishes changed settings now. */
  publish(): void {
    this.#look();
  }

  /** Looks now. @returns whether the others could be read */
  refresh(clock: Clock): Promise<boolean> {
    const looked = new Promise<void>((resolve) => void this.#refreshing.push(resolve));
    this.#look();
    return inTime(clock, looked);
  }

  /** Waits for the first look and what follows from it, at most two seconds: the other servers may not be reachable. */
  async ready(clock: Clock): Promise<void> {
    await inTime(clock, this.#firstLook);
  }
}

/** Waits for a look, at most two seconds. @returns whether it has taken place */
async function inTime(clock: Clock, looked: Promise<void>): Promise<boolean> {
  let cancel = () => {};
  const late = new Promise<boolean>((resolve) => {
    cancel = clock.after(LOOK_MS, () => resolve(false));
  });
  const isDone = await Promise.race([looked.then(() => true), late]);
  cancel();
  return isDone;
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
