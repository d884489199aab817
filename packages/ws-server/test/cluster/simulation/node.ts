import { type BusListener, ClusterPubSub, type MemoryBus, type MemoryHub } from "../../../src/cluster/index.js";
import { jsonCodec, type PubSub, type ServedRoute, type ServedTopic, serve } from "../../../src/index.js";
import { RecordingLogger } from "../../../src/testing/index.js";
import { ServedTopics } from "../../../src/topics/served-topics.js";
import { TopicRegistry } from "../../../src/topics/topic-registry.js";
import type { Journal } from "./journal.js";
import { NodeClock } from "./node-clock.js";
import type { SeededRandom } from "./random.js";
import type { Scheduler } from "./scheduler.js";
import { ROUTES, type RouteName, type World } from "./world.js";

/** A connection to a node, which breaks with it. */
export interface NodeConnection {
  onNodeGone(): void;
}

/** A server process: the engine's topics on a cluster, without the network of its clients. */
export class SimulatedNode {
  readonly clock: NodeClock;
  readonly bus: MemoryBus;
  readonly logger = new RecordingLogger();
  readonly pubSub: ClusterPubSub;
  readonly registry: TopicRegistry;
  readonly connections = new Set<NodeConnection>();
  /** The followers of each topic, as its run was notified last. */
  readonly followers = new Map<string, number>();
  /** Whether it takes connections. */
  isOpen = true;
  readonly ownsTopics: boolean;
  readonly #world: World;

  constructor(
    name: string,
    hub: MemoryHub,
    scheduler: Scheduler,
    random: SeededRandom,
    world: World,
    journal: Journal,
    ownsTopics: boolean,
  ) {
    this.ownsTopics = ownsTopics;
    this.#world = world;
    this.clock = new NodeClock(scheduler);
    this.bus = hub.connect(this.clock, name);
    const { clock, logger, bus } = this;
    const touching = touch(bus, scheduler.touch);
    const timings = { verifyMs: 15_000 };
    this.pubSub = new ClusterPubSub({ bus: touching, ownsTopics, clock, random, logger, timings });
    const pubSub = this.#journaled(this.pubSub, journal);
    this.registry = new TopicRegistry({ clock, logger, codec: jsonCodec, pubSub, lingerMs: 2_000 });
    const { registry } = this;
    const routes = new Map((Object.keys(ROUTES) as RouteName[]).map((name) => [name as string, this.#route(name)]));
    this.pubSub.serve(new ServedTopics(routes, { registry, maxTopics: 0, maxRetainedBytes: 0, maxTopicLength: 0 }));
  }

  get name(): string {
    return this.bus.node;
  }

  /** Returns a topic with its source on this node. */
  topic(route: RouteName, name: string): ServedTopic {
    const createTopic: Parameters<typeof serve<{ name: string }, { id: string; key: string }>>[1]["createTopic"] = (
      topic,
      _params,
      publish,
      signal,
    ) => this.#world.createTopic(this, topic, publish, signal);
    const { serving } = this.#world.feedOf(ROUTES[route].topic({ name }));
    return serve(ROUTES[route], { createTopic }, serving).topic({ name });
  }

  #route(route: RouteName): ServedRoute {
    return {
      route: ROUTES[route] as never,
      topic: (payload) => this.topic(route, (payload as { name: string }).name),
    };
  }

  kill(): void {
    this.isOpen = false;
    this.clock.kill();
    this.bus.kill();
    this.#world.forget(this);
    for (const connection of [...this.connections]) connection.onNodeGone();
  }

  /** Stops in order: clients leave, sources stop, claims are released. */
  async stop(): Promise<void> {
    this.isOpen = false;
    for (const connection of [...this.connections]) connection.onNodeGone();
    await this.registry.close();
    await this.pubSub.close();
    this.clock.kill();
  }

  #journaled(inner: ClusterPubSub, journal: Journal): PubSub {
    return {
      join: async (topic, member) => {
        const { followers } = this;
        const onFollowers = (count: number) => {
          followers.set(topic.topic, count);
          member.onFollowers(count);
        };
        const membership = await inner.join(topic, {
          signal: member.signal,
          onPublication: (publication) => member.onPublication(publication),
          onEnded: (reason) => member.onEnded(reason),
          onFollowers,
        });
        return {
          ...membership,
          get history() {
            return membership.history;
          },
          publish(publication) {
            const { id } = JSON.parse(publication.frame.body as string) as { id: string };
            journal.onPublished(membership.epoch, publication.offset, id);
            membership.publish(publication);
          },
          leave() {
            followers.delete(topic.topic);
            membership.leave();
          },
        };
      },
    };
  }
}

/** Returns a bus that notifies the simulation of what may resolve a promise. */
function touch(bus: MemoryBus, touched: () => void): MemoryBus {
  const open: MemoryBus["open"] = (listener, role) => {
    const touching: BusListener = {
      onMessage(from, message) {
        // Updates alone resolve nothing, and are most of the messages.
        if (Buffer.from(message.buffer, message.byteOffset, message.length).indexOf('{"type"') >= 0) touched();
        listener.onMessage(from, message);
      },
      onUp() {
        touched();
        listener.onUp();
      },
      onDown() {
        touched();
        listener.onDown();
      },
      onDrain: () => listener.onDrain(),
      onTaken(claim) {
        touched();
        listener.onTaken(claim);
      },
    };
    bus.open(touching, role);
  };
  return new Proxy(bus, {
    get(target, name) {
      if (name === "open") return open;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
