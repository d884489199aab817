import { buildTopicParams } from "./build-topic-params.js";
import { TopicError, valueError } from "./errors.js";
import { parseTopicParams } from "./parse-topic-params.js";

const ROUTE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The parts of a topic. */
export interface ParsedTopic {
  /** The route's name: the text before the first colon. */
  readonly route: string;
  /** The parameters. Null is read as `""`, a float as a `Float`, an integer beyond 2^53 - 1 as a `bigint`. */
  readonly params: unknown;
}

/**
 * Builds a topic from a route's name and parameters: `{route}:{buildTopicParams(params)}`.
 *
 * For a route defined with `defineRoute`, use `route.topic(params)`: it also validates the parameters.
 *
 * @param route letters, digits, `-`, `_` and `.`, starting with a letter or digit
 * @throws TopicError `invalid_route`, or as `buildTopicParams`
 */
export function buildTopic(route: string, params: unknown): string {
  assertRouteName(route);
  return `${route}:${buildTopicParams(params)}`;
}

/**
 * Parses a topic. Accepts canonical topics only: building the result again gives the same bytes.
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
  return valueError("invalid_topic", "", topic, "use a topic from buildTopic");
}

/** Throws unless the name is valid for a route or an operation. @throws TopicError `invalid_route` */
export function assertRouteName(name: string): void {
  if (typeof name !== "string" || !ROUTE_NAME.test(name)) {
    throw valueError("invalid_route", "", name, "use letters, digits, - _ . and start with a letter or digit");
  }
}
