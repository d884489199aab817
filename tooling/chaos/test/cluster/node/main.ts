// One server of the cluster, as a process: its sources publish to their topics all the time.
import {
  createServer,
  defineModule,
  type Logger,
  type Member,
  type Membership,
  type Publish,
  serve,
  type TopicDescriptor,
} from "@trading/ws-server";
import { ClusterPubSub } from "@trading/ws-server/cluster";
import { RedisBus } from "@trading/ws-server/redis";
import { routes, serveOptions, type Update, updateAt } from "../routes.js";
import type { FromNode, NodeSettings, ToNode } from "./messages.js";

/** Interval of a source's updates, and how many of them come together now and then. */
const TICK_MS = 40;
const BURST = 40;
const BURST_EVERY = 50;

/** Keeps the epochs of the topics that run here: their sources write it into their updates. */
class NodePubSub extends ClusterPubSub {
  readonly epochs = new Map<string, string>();

  override async join(descriptor: TopicDescriptor, member: Member): Promise<Membership> {
    const membership = await super.join(descriptor, member);
    this.epochs.set(descriptor.topic, membership.epoch);
    return membership;
  }
}

const { redisUrl, timings, redis, heartbeatIntervalMs } = JSON.parse(process.argv[2] as string) as NodeSettings;

const send = (message: FromNode) => void process.send?.(message);
const ignore = () => {};
const logger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: (message, fields) => send({ type: "error", message: `${message} ${fields?.error ?? ""}` }),
};
const bus = new RedisBus({ url: redisUrl, logger, ...redis });
const pubSub = new NodePubSub({ bus, logger, ...(timings && { timings }) });
let isQuiet = false;

const source = {
  async createTopic(topic: string, _: unknown, publish: Publish<Update>) {
    const epoch = pubSub.epochs.get(topic) as string;
    let offset = 0;
    const publishNext = () => publish(updateAt(epoch, ++offset));
    // As a source that loads its state first.
    await new Promise((resolve) => setTimeout(resolve, 10));
    for (let count = 0; count < 5; count++) publishNext();
    let ticks = 0;
    const timer = setInterval(() => {
      if (isQuiet) return;
      ticks++;
      for (let count = ticks % BURST_EVERY === 0 ? BURST : 1; count > 0; count--) publishNext();
    }, TICK_MS);
    return () => clearInterval(timer);
  },
};

const server = createServer({
  title: "Chaos",
  version: "1",
  modules: [
    defineModule({
      name: "chaos",
      version: "1",
      routes: [serve(routes.log, source, serveOptions), serve(routes.state, source, serveOptions)],
    }),
  ],
  logger,
  pubSub,
  heartbeatIntervalMs,
  lingerMs: 200,
});

process.on("message", async (message: ToNode) => {
  if (message.type === "quiet") isQuiet = message.isQuiet;
  else if (message.type === "report") {
    const topics = server.inspect().topics.flatMap(({ topic, role, epoch, offset, state }) => {
      return state === "starting" ? [] : [{ topic, role, epoch, offset }];
    });
    const { isUp, resyncs, takeovers } = pubSub.stats();
    send({ type: "report", id: message.id, report: { topics, isIdle: pubSub.isIdle, isUp, resyncs, takeovers } });
  } else {
    await server.close();
    await pubSub.close();
    process.disconnect();
  }
});
// The test has ended.
process.on("disconnect", () => process.exit());

server.listen().then(({ port }) => send({ type: "listening", port }));
