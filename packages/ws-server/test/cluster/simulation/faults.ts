import type { MemoryHub } from "../../../src/cluster/index.js";
import type { SimulatedClient } from "./client.js";
import type { Lock } from "./lock.js";
import type { SimulatedNode } from "./node.js";
import type { SeededRandom } from "./random.js";
import type { Scheduler } from "./scheduler.js";
import type { World } from "./world.js";

/** The parts of a simulation that a fault changes. */
export interface FaultTarget {
  readonly random: SeededRandom;
  readonly scheduler: Scheduler;
  readonly hub: MemoryHub;
  readonly world: World;
  readonly lock: Lock;
  readonly nodes: Set<SimulatedNode>;
  readonly clients: readonly SimulatedClient[];
  startNode(): void;
  anyNode(): SimulatedNode | undefined;
}

interface Fault {
  /** Its frequency, relative to the others. */
  readonly weight: number;
  /** Whether nothing of the infrastructure fails. */
  readonly isHarmless?: boolean;
  inject(target: FaultTarget): void;
}

export type FaultName =
  | "kill"
  | "stop"
  | "pause"
  | "cut"
  | "partition"
  | "stall"
  | "congest"
  | "restart"
  | "restartEmpty"
  | "failOver"
  | "loseMessages"
  | "loseAnswers"
  | "clients"
  | "interest"
  | "quiet"
  | "lock";

export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  kill: {
    weight: 2,
    inject(target) {
      const node = target.anyNode();
      if (node === undefined) return;
      target.nodes.delete(node);
      node.kill();
      target.scheduler.after(target.random.between(100, 4_000), () => target.startNode());
    },
  },
  stop: {
    weight: 2,
    isHarmless: true,
    inject(target) {
      const node = target.anyNode();
      if (node === undefined) return;
      target.nodes.delete(node);
      void node.stop();
      target.scheduler.after(target.random.between(100, 2_000), () => target.startNode());
    },
  },
  pause: {
    weight: 2,
    inject: (target) => target.anyNode()?.clock.pause(target.random.between(100, 12_000)),
  },
  cut: { weight: 3, inject: (target) => target.anyNode()?.bus.cut() },
  partition: {
    weight: 2,
    inject(target) {
      const bus = target.anyNode()?.bus;
      bus?.block();
      target.scheduler.after(target.random.between(200, 12_000), () => bus?.unblock());
    },
  },
  stall: { weight: 2, inject: (target) => target.anyNode()?.bus.stall(target.random.between(100, 6_000)) },
  congest: { weight: 1, inject: (target) => target.anyNode()?.bus.congest(target.random.between(100, 4_000)) },
  restart: {
    weight: 1,
    inject: ({ hub, random }) => hub.restart({ isEmpty: false, downMs: random.between(50, 9_000) }),
  },
  restartEmpty: {
    weight: 1,
    inject: ({ hub, random }) => hub.restart({ isEmpty: true, downMs: random.between(50, 9_000) }),
  },
  failOver: { weight: 1, inject: ({ hub, random }) => hub.failOver(random.between(50, 9_000)) },
  loseMessages: {
    weight: 1,
    inject({ hub, random, scheduler }) {
      hub.messageLoss = random.between(0.05, 0.5);
      scheduler.after(random.between(100, 2_000), () => {
        hub.messageLoss = 0;
      });
    },
  },
  loseAnswers: {
    weight: 1,
    inject({ hub, random, scheduler }) {
      hub.answerLoss = random.between(0.1, 0.7);
      scheduler.after(random.between(100, 2_000), () => {
        hub.answerLoss = 0;
      });
    },
  },
  clients: {
    weight: 4,
    isHarmless: true,
    inject({ clients, random }) {
      for (const client of clients) if (random.fraction() < 0.4) client.cut();
    },
  },
  interest: {
    weight: 4,
    isHarmless: true,
    inject({ clients, random, world }) {
      for (let count = 0; count < 3; count++) {
        const [client, feed] = [random.pick(clients), random.pick(world.feeds)];
        if (client.topics.has(feed.topic)) client.unwant(feed);
        else client.want(feed);
      }
    },
  },
  lock: { weight: 2, isHarmless: true, inject: ({ lock }) => lock.giveBack() },
  quiet: {
    weight: 1,
    isHarmless: true,
    inject({ random, world }) {
      random.pick(world.feeds).isQuiet = true;
    },
  },
};
