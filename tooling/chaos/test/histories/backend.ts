import {
  createServer,
  defineModule,
  type Member,
  type Membership,
  MemoryPubSub,
  type Publish,
  type PubSub,
  type StreamServer,
  serve,
  systemClock,
  type TopicDescriptor,
} from "@trading/ws-server";
import { RecordingLogger } from "@trading/ws-server/testing";
import type { Journal } from "../../src/index.js";
import { routes, type Update } from "./routes.js";

/** A PubSub that records each publication in a journal, with its run, offset and key. */
class JournaledPubSub implements PubSub {
  readonly #inner = new MemoryPubSub({ clock: systemClock, logger: new RecordingLogger() });
  readonly #journal: Journal;
  readonly #isCurrent: () => boolean;

  constructor(journal: Journal, isCurrent: () => boolean) {
    this.#journal = journal;
    this.#isCurrent = isCurrent;
  }

  async join(topic: TopicDescriptor, member: Member): Promise<Membership> {
    const membership = await this.#inner.join(topic, member);
    if (!this.#isCurrent()) return membership;
    const journal = this.#journal.run(topic.topic, membership.epoch);
    return {
      ...membership,
      publish(publication) {
        const { payload } = JSON.parse(publication.frame.text) as { payload: { payload: Update } };
        journal.published({ id: payload.payload.id, offset: publication.offset, key: String(publication.key) });
        membership.publish(publication);
      },
    };
  }
}

export interface BackendOptions {
  readonly journal: Journal;
  readonly lifespanMs: number;
}

/** The server under test, with topics that a history publishes to. */
export class Backend {
  readonly port: number;
  readonly #server: StreamServer;
  readonly #publishers: Map<string, Publish<Update>>;
  readonly #retire: () => void;

  private constructor(
    server: StreamServer,
    port: number,
    publishers: Map<string, Publish<Update>>,
    retire: () => void,
  ) {
    this.port = port;
    this.#server = server;
    this.#publishers = publishers;
    this.#retire = retire;
  }

  static async start({ journal, lifespanMs }: BackendOptions): Promise<Backend> {
    const publishers = new Map<string, Publish<Update>>();
    let isCurrent = true;
    const source = {
      createTopic(topic: string, _: unknown, publish: Publish<Update>) {
        if (isCurrent) publishers.set(topic, publish);
        return () => void publishers.delete(topic);
      },
    };
    const modules = [
      defineModule({ name: "chaos", version: "1", routes: Object.values(routes).map((route) => serve(route, source)) }),
    ];
    const server = createServer({
      title: "Chaos",
      version: "1",
      modules,
      logger: new RecordingLogger(),
      pubSub: new JournaledPubSub(journal, () => isCurrent),
      heartbeatIntervalMs: 400,
      maxConnectionLifespanMs: lifespanMs,
      lingerMs: 200,
      maxBufferedBytes: 16_384,
    });
    const { port } = await server.listen();
    return new Backend(server, port, publishers, () => {
      isCurrent = false;
      publishers.clear();
    });
  }

  /** Publishes to a topic. Does nothing if the topic is not running. */
  publish(topic: string, update: Update): void {
    this.#publishers.get(topic)?.(update);
  }

  /** Ends a topic from its source. */
  end(topic: string): void {
    this.#publishers.get(topic)?.end();
  }

  /** Returns the topics that a connection is subscribed to. */
  topicsOf(connectionId: string): readonly string[] {
    return this.#server.inspect().connections.find(({ id }) => id === connectionId)?.topics ?? [];
  }

  /** Stops publishing, since a new server has replaced this one, and closes when its clients have left. */
  retire(drainMs: number): Promise<void> {
    this.#retire();
    return this.#server.close({ drainMs });
  }
}
