import type * as core from "zod/v4/core";
import { _safeParse } from "zod/v4/core";
import { fieldsOf, type ParamsSchema } from "./contract.js";
import { pointerStep, TopicError, type TopicErrorCode } from "./errors.js";
import { asRefusal, compileTopic, type Fields, paramsReader } from "./fields.js";
import { readFields } from "./read-fields.js";
import type { Access, OperationShape, RouteShape, SINGLE_KEY, Snapshot } from "./shape.js";
import { assertRouteName } from "./topic.js";

/** How many updates a topic keeps, and for how long, for snapshots and recovery. */
export interface Keep<Update> {
  /** Kept updates a topic; the lowest offset is evicted first. @default no bound for keyed routes, 1000 for logs */
  readonly count?: number;
  /** Which updates are a key's last (a filled order). They leave after {@link finishedForMs}. */
  readonly isFinished?: (update: Update) => boolean;
  /** Milliseconds for which a finished key is still kept. 0 = dropped at once. @default 600_000 */
  readonly finishedForMs?: number;
}

/** What a route is defined from. */
export interface RouteDefinition<Name extends string, Params extends ParamsSchema, Update extends core.$ZodType> {
  /** Letters, digits, `-`, `_` and `.`. Operations are `{name}.subscribe`, `{name}.unsubscribe`, `{name}.update`. */
  readonly name: Name;
  /** An object of required fields on the contract's allow-list. */
  readonly params: Params;
  /** One update: the whole state of its key, never a difference. */
  readonly update: Update;
  /**
   * The member of an update that tells what it replaces; {@link SINGLE_KEY} where the topic is one state; absent for a
   * log, where every update counts.
   */
  readonly key?: (keyof core.output<Update> & string) | typeof SINGLE_KEY;
  /** @default count 1000 for a log; no bound for a keyed route */
  readonly keep?: Keep<core.output<Update>>;
  /** @default "all" for a keyed route, "none" for a log (where nothing else is possible) */
  readonly snapshot?: Snapshot;
  readonly access: Access;
  /** One sentence for the documents. */
  readonly summary: string;
}

/** A route: one definition that types, validates, documents and names the topics of a stream family. */
export interface Route<Params = never, Update = unknown, Name extends string = string>
  extends RouteShape<Params, Update> {
  readonly name: Name;
  readonly params: core.$ZodType<Params>;
  readonly update: core.$ZodType<Update>;
  readonly keep: Keep<Update>;
  readonly access: Access;
  readonly summary: string;
  /**
   * The parameters, with `""` in a nullable field read as null and unknown keys dropped.
   *
   * @throws TopicError as {@link RouteShape.buildTopic}, and `invalid_params` where a check of the schema fails
   */
  parseParams(input: unknown): Params;
  /** @throws TopicError `invalid_message`, or `unreadable` */
  parseUpdate(input: unknown): Update;
  /** Parses, then builds. @throws TopicError as {@link parseParams} */
  topic(params: Params): string;
}

/**
 * Defines a route. Server, client, documents and topics all follow from it.
 *
 * @throws ContractError listing every parameter that is off the contract
 * @throws TopicError `invalid_route`
 */
export function defineRoute<
  const Name extends string,
  const Params extends ParamsSchema,
  const Update extends core.$ZodType,
>(definition: RouteDefinition<Name, Params, Update>): Route<core.output<Params>, core.output<Update>, Name> {
  const { name, params, key, snapshot = "none" } = definition;
  if (key === undefined && snapshot !== "none") {
    throw new TypeError(`Route "${name}" has a snapshot ("${snapshot}") but no key: a log has none. Give it a key.`);
  }
  return createRoute(definition, fieldsOf(name, params));
}

/**
 * The route of a definition whose parameters are known to be on the contract, as this package's are by a test. It leaves
 * the check and its texts out of a browser's bundle, a tenth of what all routes cost.
 */
export function createRoute<
  const Name extends string,
  const Params extends ParamsSchema,
  const Update extends core.$ZodType,
>(
  definition: RouteDefinition<Name, Params, Update>,
  fields: Fields = readFields(definition.params),
): Route<core.output<Params>, core.output<Update>, Name> {
  const { name, params, update, key, keep = {}, access, summary } = definition;
  const snapshot = definition.snapshot ?? (key === undefined ? "none" : "all");
  const buildTopic = compileTopic(name, fields);
  const prepare = paramsReader(fields, buildTopic);
  const parseParams = parserOf(params, "invalid_params", `${name} parameters`, prepare);
  const parseUpdate = parserOf(update, "invalid_message", `${name} update`);
  return Object.freeze({
    name,
    fields,
    key,
    snapshot,
    params: params as core.$ZodType as core.$ZodType<core.output<Params>>,
    update: update as core.$ZodType as core.$ZodType<core.output<Update>>,
    keep: key === undefined ? { count: 1000, ...keep } : keep,
    access,
    summary,
    buildTopic,
    parseParams,
    parseUpdate,
    topic: (input: core.output<Params>) => buildTopic(parseParams(input)),
  });
}

/** An operation that a module offers beside its routes: one request, one reply. */
export interface Operation<Request = unknown, Reply = unknown, Name extends string = string>
  extends OperationShape<Request, Reply> {
  readonly name: Name;
  readonly request: core.$ZodType<Request>;
  readonly reply: core.$ZodType<Reply>;
  readonly access: Access;
  readonly summary: string;
  /** @throws TopicError `invalid_params`, or `unreadable` */
  parseRequest(input: unknown): Request;
  /** @throws TopicError `invalid_message`, or `unreadable` */
  parseReply(input: unknown): Reply;
}

/**
 * Defines an operation, named as on the wire: `{name}` for the request, `{name}.response` for the reply.
 *
 * @throws TopicError `invalid_route`
 */
export function defineOperation<
  const Name extends string,
  const Request extends core.$ZodType,
  const Reply extends core.$ZodType,
>(definition: {
  readonly name: Name;
  readonly request: Request;
  readonly reply: Reply;
  readonly access: Access;
  readonly summary?: string;
}): Operation<core.output<Request>, core.output<Reply>, Name> {
  const { name, request, reply, access, summary = "" } = definition;
  assertRouteName(name);
  return Object.freeze({
    name,
    request: request as core.$ZodType as core.$ZodType<core.output<Request>>,
    reply: reply as core.$ZodType as core.$ZodType<core.output<Reply>>,
    access,
    summary,
    parseRequest: parserOf(request, "invalid_params", `${name} request`),
    parseReply: parserOf(reply, "invalid_message", `${name} reply`),
  });
}

/** What a schema has against a value. zod's own errors bring a bundle more, and make a text that is not told. */
class SchemaIssues {
  readonly issues: core.$ZodIssue[];

  constructor(issues: core.$ZodIssue[]) {
    this.issues = issues;
  }
}

const safeParse = /* @__PURE__ */ _safeParse(SchemaIssues as unknown as core.$ZodErrorClass);

/**
 * The parser of a schema. What throws while it is read is a refusal too.
 *
 * @param what it parses, for the refusal's text
 * @param prepare what is done with an input before the schema sees it
 */
function parserOf<Schema extends core.$ZodType>(
  schema: Schema,
  code: TopicErrorCode,
  what: string,
  prepare = (input: unknown) => input,
) {
  return (input: unknown): core.output<Schema> => {
    try {
      const result = safeParse(schema, prepare(input));
      if (result.success) return result.data;
      throw refusalOf(result.error.issues, code, what);
    } catch (error) {
      throw asRefusal(error, input);
    }
  };
}

/** At most this many problems are told of one value. */
const TOLD = 3;

/** Words a schema's issues for a person. zod's core itself carries no texts, which is why it is small. */
function refusalOf(issues: readonly core.$ZodIssue[], code: TopicErrorCode, what: string): TopicError {
  const told = issues.slice(0, TOLD).map((issue) => `${pathOf(issue)} ${problemOf(issue)}`);
  const more = issues.length > TOLD ? `, and ${issues.length - TOLD} more` : "";
  return new TopicError(code, pathOf(issues[0]), `Invalid ${what}: ${told.join(", ")}${more}`);
}

function problemOf(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be of type ${issue.expected}`;
    case "invalid_value":
      return `must be one of ${JSON.stringify(issue.values)}`;
    case "too_small":
      return `must be ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum} (${issue.origin})`;
    case "too_big":
      return `must be ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum} (${issue.origin})`;
    case "invalid_format":
      return `must have the format ${issue.format}`;
    default:
      return issue.message;
  }
}

function pathOf(issue: core.$ZodIssue | undefined): string {
  return (issue?.path ?? []).map((key) => pointerStep(String(key))).join("");
}
