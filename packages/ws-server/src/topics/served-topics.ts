import { SourceError, WsServerError } from "../errors.js";
import type { ServedRoute, ServedTopic } from "../server/modules.js";
import type { StartableTopic, StartableTopics } from "./pub-sub/pub-sub.js";
import { schemaHash } from "./schema-hash.js";
import type { TopicLimits, TopicRegistry } from "./topic-registry.js";

/** The services that starting a topic for another node uses. */
export interface ServedTopicsServices extends TopicLimits {
  readonly registry: TopicRegistry;
  /** 0 = no limit. */
  readonly maxTopicLength: number;
}

/** Length of a refused topic in an error message. */
const MAX_ECHO = 100;

/** The topics of a server's routes, by the names that other nodes send. */
export class ServedTopics implements StartableTopics {
  readonly #routes: ReadonlyMap<string, ServedRoute>;
  readonly #services: ServedTopicsServices;

  /** @param services its limits may change */
  constructor(routes: ReadonlyMap<string, ServedRoute>, services: ServedTopicsServices) {
    this.#routes = routes;
    this.#services = services;
  }

  find(name: string): StartableTopic {
    const topic = this.#parse(name);
    const { key, isHeld } = topic;
    return {
      topic: name,
      schema: schemaHash(topic.route),
      ...(key !== undefined && { key }),
      ...(isHeld !== undefined && { isHeld }),
      start: () => {
        const { registry } = this.#services;
        const limit = registry.has(name) ? undefined : registry.makeRoom(this.#services);
        if (limit === undefined) return registry.start(topic);
        throw new WsServerError("too_many_topics", TOO_MANY_TOPICS, { retryable: true });
      },
    };
  }

  #parse(name: string): ServedTopic {
    const { maxTopicLength } = this.#services;
    const echo = JSON.stringify(name.slice(0, MAX_ECHO));
    if (maxTopicLength > 0 && name.length > maxTopicLength) {
      throw new SourceError(
        "topic_too_long",
        `The topic ${echo}… has ${name.length} characters, not ${maxTopicLength}`,
      );
    }
    const colon = name.indexOf(":");
    const served = this.#routes.get(name.slice(0, colon));
    if (colon < 0 || served === undefined) throw unknownTopic(echo, "has no such route");
    let topic: ServedTopic;
    try {
      // The parameters are JSON, and the name that is built from them must be this one.
      topic = served.topic(JSON.parse(name.slice(colon + 1)));
    } catch (error) {
      throw unknownTopic(echo, "has other parameters for this route", error);
    }
    if (topic.name !== name) throw unknownTopic(echo, `calls it ${JSON.stringify(topic.name.slice(0, MAX_ECHO))}`);
    return topic;
  }
}

/** It can succeed later, because the servers of a cluster are replaced one after the other. */
function unknownTopic(topic: string, why: string, cause?: unknown): SourceError {
  const message = `The server that owns the topic ${topic} ${why}: run the same version and modules on all servers`;
  return new SourceError("unknown_topic", message, { retryable: true, cause });
}

const TOO_MANY_TOPICS = "The server that owns the topic has no room for further topics: try again later";
