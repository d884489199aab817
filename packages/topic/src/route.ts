import type * as core from "zod/v4/core";
import { _safeParse } from "zod/v4/core";
import { compileTopic } from "./compile-topic.js";
import { fieldsOf } from "./contract.js";
import { asTopicError, pointerStep, TopicError, type TopicErrorCode } from "./errors.js";
import type { Fields } from "./fields.js";
import type { Keep } from "./keep.js";
import { createParamsNormalizer } from "./normalize-params.js";
import type { ParamsSchema } from "./params-schema.js";
import { readFields } from "./read-fields.js";
import type { Access, OperationShape, RouteShape, SINGLE_KEY, Snapshot } from "./shape.js";
import { assertRouteName } from "./topic.js";

/** The definition of a route. */
export interface RouteDefinition<Name extends string, Params extends ParamsSchema, Update extends core.$ZodType> {
  /** Letters, digits, `-`, `_` and `.`. Operations are `{name}.subscribe`, `{name}.unsubscribe`, `{name}.update`. */
  readonly name: Name;
  /** An object of required fields, of types that the topic contract allows. */
  readonly params: Params;
  /** The schema of one update: the whole state of its key, never a difference. */
  readonly update: Update;
  /**
   * The field of an update that identifies what it replaces; {@link SINGLE_KEY} if the whole topic is one state; omitted
   * for a log route, on which every update counts.
   */
  readonly key?: (keyof core.output<Update> & string) | typeof SINGLE_KEY;
  /** @default `count` 1000 for a log route, unlimited for a keyed route */
  readonly keep?: Keep<core.output<Update>>;
  /** @default "all" for a keyed route, "none" for a log route, which cannot have another value */
  readonly snapshot?: Snapshot;
  readonly access: Access;
  /** One sentence for generated documents. */
  readonly summary: string;
}

/** A family of streams: its types, validation, documentation and topics. */
export interface Route<Params = never, Update = unknown, Name extends string = string>
  extends RouteShape<Params, Update> {
  readonly name: Name;
  readonly params: core.$ZodType<Params>;
  readonly update: core.$ZodType<Update>;
  readonly keep: Keep;
  readonly access: Access;
  readonly summary: string;
  /**
   * Validates params. Reads `""` in a nullable field as null and drops unknown keys.
   *
   * @throws TopicError as {@link RouteShape.buildTopic}, and `invalid_params` if a check of the schema fails
   */
  parseParams(input: unknown): Params;
  /** Validates an update. @throws TopicError `invalid_message`, or `unreadable` */
  parseUpdate(input: unknown): Update;
  /** Validates params and builds their topic. @throws TopicError as {@link parseParams} */
  topic(params: Params): string;
}

/**
 * Defines a route, from which the server, the client, the documents and the topics are derived.
 *
 * @throws ContractError with every parameter that violates the topic contract
 * @throws TopicError `invalid_route`
 */
export function defineRoute<
  const Name extends string,
  const Params extends ParamsSchema,
  const Update extends core.$ZodType,
>(definition: RouteDefinition<Name, Params, Update>): Route<core.output<Params>, core.output<Update>, Name> {
  const { name, params, key, snapshot = "none" } = definition;
  if (key === undefined && snapshot !== "none") {
    throw new TypeError(
      `Route "${name}" has a snapshot ("${snapshot}") but no key: add a key, or remove the snapshot.`,
    );
  }
  return createRoute(definition, fieldsOf(name, params));
}

/**
 * Creates a route without checking its params against the topic contract. A test checks the routes of this package, so
 * that browser bundles do not include the check, which is a tenth of the size of all routes.
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
  const prepare = createParamsNormalizer(fields, buildTopic);
  const parseParams = createParser(params, "invalid_params", `${name} parameters`, prepare);
  const parseUpdate = createParser(update, "invalid_message", `${name} update`);
  return Object.freeze({
    name,
    fields,
    key,
    snapshot,
    params: params as core.$ZodType as core.$ZodType<core.output<Params>>,
    update: update as core.$ZodType as core.$ZodType<core.output<Update>>,
    keep: (key === undefined ? { count: 1000, ...keep } : keep) as object as Keep,
    access,
    summary,
    buildTopic,
    parseParams,
    parseUpdate,
    topic: (input: core.output<Params>) => buildTopic(parseParams(input)),
  });
}

/** An operation of a module: one request with one reply. */
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
 * Defines an operation. Its message types are `{name}` for the request and `{name}.response` for the reply.
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
    parseRequest: createParser(request, "invalid_params", `${name} request`),
    parseReply: createParser(reply, "invalid_message", `${name} reply`),
  });
}

/** The issues of a value. Used instead of zod's error class, which is larger and builds a message that is not used here. */
class SchemaIssues {
  readonly issues: core.$ZodIssue[];

  constructor(issues: core.$ZodIssue[]) {
    this.issues = issues;
  }
}

const safeParse = /* @__PURE__ */ _safeParse(SchemaIssues as unknown as core.$ZodErrorClass);

/**
 * Creates the parser of a schema.
 *
 * @param subject the name of the parsed value, for error messages
 * @param prepare applied to an input before the schema
 */
function createParser<Schema extends core.$ZodType>(
  schema: Schema,
  code: TopicErrorCode,
  subject: string,
  prepare = (input: unknown) => input,
) {
  return (input: unknown): core.output<Schema> => {
    try {
      const result = safeParse(schema, prepare(input));
      if (result.success) return result.data;
      throw issuesError(result.error.issues, code, subject);
    } catch (error) {
      throw asTopicError(error, input);
    }
  };
}

/** Maximum number of issues in an error message. */
const MAX_ISSUES = 3;

/** Creates the error for a schema's issues. zod's core does not include messages, which keeps it small. */
function issuesError(issues: readonly core.$ZodIssue[], code: TopicErrorCode, subject: string): TopicError {
  const listed = issues.slice(0, MAX_ISSUES).map((issue) => `${pathOf(issue)} ${problemOf(issue)}`);
  const more = issues.length > MAX_ISSUES ? `, and ${issues.length - MAX_ISSUES} more` : "";
  return new TopicError(code, pathOf(issues[0]), `Invalid ${subject}: ${listed.join(", ")}${more}`);
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
