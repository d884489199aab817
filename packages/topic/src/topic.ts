import { buildTopicParams } from "./build-topic-params.js";
import { refusal, TopicError } from "./errors.js";
import { parseTopicParams } from "./parse-topic-params.js";

const ROUTE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** A topic taken apart. */
export interface ParsedTopic {
  /** The route's name, what stands before the first colon. */
  readonly route: string;
  /** The parameters. What was null is `""`, a float is a `Float`, an integer past 2^53 - 1 a `bigint`. */
  readonly params: unknown;
}

/**
 * The topic of a route's name and any parameters: `{route}:{buildTopicParams(params)}`.
 *
 * A route defined with `defineRoute` has `route.topic(params)`, which also holds the parameters to its schema.
 *
 * @param route letters, digits, `-`, `_` and `.`, starting with a letter or digit
 * @throws TopicError `invalid_route`, or whatever `buildTopicParams` refuses
 */
export function buildTopic(route: string, params: unknown): string {
  assertRouteName(route);
  return `${route}:${buildTopicParams(params)}`;
}

/**
 * Takes a topic apart, and accepts canonical ones only: building the result again gives the same bytes.
 *
 * @throws TopicError `invalid_topic` or `invalid_route`
 */
export function parseTopic(topic: string): ParsedTopic {
  if (typeof topic !== "string") throw notCanonical(topic);
  const colon = topic.indexOf(":");
  if (colon === -1) throw notCanonical(topic);
  const route = topic.slice(0, colon);
  assertRouteName(route);
  const text = topic.slice(colon + 1);
  const params = parseTopicParams(text);
  if (params === undefined || !isCanonical(params.value, text)) throw notCanonical(topic);
  return { route, params: params.value };
}

function isCanonical(params: unknown, text: string): boolean {
  try {
    return buildTopicParams(params) === text;
  } catch (error) {
    if (error instanceof TopicError) return false;
    throw error;
  }
}

function notCanonical(topic: unknown): TopicError {
  return refusal("invalid_topic", "", topic, "write what buildTopic returns");
}

/** @throws TopicError `invalid_route` */
export function assertRouteName(name: string): void {
  if (typeof name !== "string" || !ROUTE_NAME.test(name)) {
    throw refusal("invalid_route", "", name, "use letters, digits, - _ . and start with a letter or digit");
  }
}
