import { sessionMessages } from "@trading/topic";
import type { Access, Fields, Keep, Snapshot } from "@trading/topic/shapes";
import type { Contents } from "./document.js";
import type { Message } from "./messages.js";
import { readParams, tryRead } from "./params.js";
import { CodegenError, type Problem } from "./problem.js";
import { isObject, type Located, memberOf, type References } from "./references.js";
import { alternativesOf, hasMember, propertyOf, stringsOf, unwrap } from "./schemas.js";

/** A route to generate. */
export interface GeneratedRoute {
  readonly name: string;
  /** The description from the document. */
  readonly text: string;
  readonly fields: Fields;
  readonly key: string | undefined;
  readonly snapshot: Snapshot;
  /** The retention; undefined for the defaults. */
  readonly keep: Keep | undefined;
  /** The origin of `key` and `snapshot`. With "default" the route is generated as a log. */
  readonly keySource: "document" | "option" | "default";
  readonly access: Access | undefined;
  readonly params: Located;
  /** JSON Pointers to the optional parameters that are treated as required. */
  readonly forced: readonly string[];
  readonly update: Located;
}

/** A request with a reply to generate. A side without a schema has no payload. */
export interface GeneratedOperation {
  readonly name: string;
  readonly text: string;
  readonly access: Access | undefined;
  readonly request: Located | undefined;
  /** The alternative schemas of the reply. */
  readonly reply: readonly Located[];
}

/** Everything in a document that a client can use. */
export interface Contract {
  readonly routes: readonly GeneratedRoute[];
  readonly operations: readonly GeneratedOperation[];
  readonly problems: readonly Problem[];
  /** Types of messages that are neither part of a route nor a request with a reply. */
  readonly leftOut: readonly string[];
}

export interface ContractOptions {
  /** Keys by route name, for documents without `x-key`. `*` means that every update replaces the previous one. */
  readonly keys: ReadonlyMap<string, string>;
  /** Paths (`/symbol`) of optional parameters to treat as required, by route name. */
  readonly required: ReadonlyMap<string, ReadonlySet<string>>;
}

const SUBSCRIBE = ".subscribe";
const FAMILY = /^(.+)\.(subscribe|unsubscribe|update)(\.response)?$/;
const ROUTE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Groups the messages of a document into routes and operations, and reports everything that a client cannot use. */
export function readContract(contents: Contents, options: ContractOptions): Contract {
  const byType = new Map(contents.messages.map((message) => [message.type, message]));
  const reader = new ContractReader(contents.references, byType, options);
  const types = [...byType.keys()];
  const families = new Set(
    types.filter((type) => type.endsWith(SUBSCRIBE)).map((type) => type.slice(0, -SUBSCRIBE.length)),
  );
  const replies = new Set(contents.messages.flatMap((message) => message.replies.map(({ type }) => type)));
  const session = new Set(byType.has("session.welcome") ? Object.keys(sessionMessages) : []);
  const operations: GeneratedOperation[] = [];
  const leftOut: string[] = [];
  for (const message of contents.messages) {
    const { type } = message;
    if (families.has(FAMILY.exec(type)?.[1] ?? "") || replies.has(type) || session.has(type)) continue;
    if (message.from === "server" || message.replies.length === 0) leftOut.push(type);
    else operations.push(...reader.operation(message));
  }
  const routes = [...families].flatMap((name) => reader.route(name));
  reader.checkOptions(families);
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  return {
    routes: routes.sort(byName),
    operations: operations.sort(byName),
    problems: reader.problems,
    leftOut: leftOut.sort(),
  };
}

class ContractReader {
  readonly problems: Problem[] = [];
  readonly #references: References;
  readonly #byType: ReadonlyMap<string, Message>;
  readonly #options: ContractOptions;

  constructor(references: References, byType: ReadonlyMap<string, Message>, options: ContractOptions) {
    this.#references = references;
    this.#byType = byType;
    this.#options = options;
  }

  route(name: string): GeneratedRoute[] {
    const before = this.problems.length;
    const route = tryRead(name, this.problems, () => this.#readRoute(name));
    return route !== undefined && this.problems.length === before ? [route] : [];
  }

  #readRoute(name: string): GeneratedRoute | undefined {
    const subscribe = this.#byType.get(`${name}.subscribe`);
    const update = this.#byType.get(`${name}.update`);
    if (subscribe === undefined) return undefined;
    if (update === undefined) {
      return this.#refuse(
        name,
        subscribe.at,
        `has a message ${name}.subscribe but no ${name}.update: a route needs both`,
      );
    }
    if (!ROUTE_NAME.test(name)) {
      return this.#refuse(name, subscribe.at, "is not a valid route name: use letters, digits, -, _ and .");
    }
    if (subscribe.from === "server" || update.from === "client") {
      const direction =
        subscribe.from === "server" ? "subscribe is sent by the server" : "update is sent by the client";
      return this.#refuse(name, subscribe.at, `${direction}: this document describes the client, use the server's`);
    }
    if (subscribe.payload === undefined) {
      return this.#refuse(name, subscribe.at, "subscribe has no payload: add a schema of its parameters");
    }
    const params = this.#withoutNull(subscribe.payload);
    const required = this.#options.required.get(name) ?? new Set();
    const { fields, forced, problems } = readParams(name, params, this.#references, required);
    this.problems.push(...problems);
    const data = this.#dataOf(update);
    if (data === undefined) {
      return this.#refuse(
        name,
        update.at,
        "update has no { topic, payload } in its payload, so clients cannot assign it to a topic: add both",
      );
    }
    const text = textOf(update) || textOf(subscribe);
    const access = accessOf(subscribe);
    return {
      name,
      text,
      fields,
      ...this.#keyOf(name, update, data),
      keep: this.#keepOf(name, update),
      access,
      params,
      forced,
      update: data,
    };
  }

  /** Returns the schema of the update inside `{ topic, payload }`. */
  #dataOf({ payload }: Message): Located | undefined {
    if (payload === undefined) return undefined;
    const { schema } = unwrap(payload, this.#references);
    return propertyOf(schema, "topic") && propertyOf(schema, "payload");
  }

  #keyOf(name: string, update: Message, data: Located): Pick<GeneratedRoute, "key" | "snapshot" | "keySource"> {
    const own = this.#options.keys.get(name);
    const documented = memberOf(update.value, "x-key");
    const snapshot = memberOf(update.value, "x-snapshot");
    const key = own ?? documented;
    if (key !== undefined && (typeof key !== "string" || !this.#isMember(data, key))) {
      const from = own === undefined ? "x-key" : "--key";
      this.#refuse(name, data.at, `${from} is ${JSON.stringify(key)}, but not every update has that member`);
    }
    const isKnown = snapshot === "current" || snapshot === "all" || snapshot === "none";
    if (snapshot !== undefined && !isKnown) {
      this.#refuse(name, update.at, `x-snapshot is ${JSON.stringify(snapshot)}: write "current", "all" or "none"`);
    }
    if (key === undefined && isKnown && snapshot !== "none") {
      this.#refuse(
        name,
        update.at,
        `x-snapshot is "${snapshot}" without an x-key: a route without a key is a log and has no snapshot`,
      );
    }
    const keySource =
      own !== undefined ? "option" : key === undefined && snapshot === undefined ? "default" : "document";
    if (typeof key !== "string") return { key: undefined, snapshot: "none", keySource };
    return { key, snapshot: isKnown && own === undefined ? snapshot : "all", keySource };
  }

  #keepOf(name: string, update: Message): Keep | undefined {
    const keep = memberOf(update.value, "x-keep");
    if (keep === undefined || isKeep(keep)) return keep;
    const form = '{ "count": 100, "finished": { "field": "status", "values": ["filled"] }, "finishedForMs": 600000 }';
    this.#refuse(name, update.at, `x-keep is ${JSON.stringify(keep)}: write it as ${form}; each member is optional`);
    return undefined;
  }

  #isMember(data: Located, key: string): boolean {
    return key === "*" || hasMember(data, key, this.#references);
  }

  operation(message: Message): GeneratedOperation[] {
    const { type: name, at, payload, replies } = message;
    const request = tryRead(name, this.problems, () => payload && this.#withoutNull(payload));
    const reply = tryRead(name, this.problems, () => replies.flatMap((item) => this.#repliesOf(item)));
    if (!ROUTE_NAME.test(name))
      this.#refuse(name, at, "is not a valid operation name: use letters, digits, -, _ and .");
    const expected = `${name}.response`;
    if (!replies.some(({ type }) => type === expected)) {
      const actual = replies.map(({ type }) => JSON.stringify(type)).join(", ");
      this.#refuse(name, at, `has the reply ${actual}: the client expects ${JSON.stringify(expected)}`);
    }
    if (reply === undefined || this.problems.some(({ of }) => of === name)) return [];
    return [{ name, text: textOf(message), access: accessOf(message), request, reply }];
  }

  /** Returns the reply schemas without the refusal, which the client turns into an error. */
  #repliesOf({ payload }: Message): readonly Located[] {
    if (payload === undefined) return [];
    const { value, at } = this.#withoutNull(payload);
    const alternatives = isObject(value) ? alternativesOf({ value, at }) : undefined;
    const kept = alternatives?.filter((item) => !this.#isRefusal(item));
    return kept === undefined || kept.length === alternatives?.length ? [{ value, at }] : kept;
  }

  #withoutNull(payload: Located): Located {
    return unwrap(payload, this.#references).schema;
  }

  #isRefusal(part: Located): boolean {
    const { schema } = unwrap(part, this.#references);
    const status = propertyOf(schema, "status");
    if (status === undefined || propertyOf(schema, "message") === undefined) return false;
    return stringsOf(status, this.#references).join() === "error";
  }

  /** Reports options that name a route which the document does not have: the name is probably mistyped. */
  checkOptions(families: ReadonlySet<string>): void {
    const known = [...families].sort().join(", ") || "none";
    for (const [option, names] of [
      ["--key", this.#options.keys],
      ["--require", this.#options.required],
    ] as const) {
      for (const name of names.keys()) {
        if (families.has(name)) continue;
        this.problems.push({
          at: "",
          text: `${option} names ${JSON.stringify(name)}; the document has the routes ${known}.`,
        });
      }
    }
  }

  #refuse(of: string, at: string, text: string): undefined {
    this.problems.push({ at, text: `${of}: ${text}`, of });
    return undefined;
  }
}

function textOf({ value }: Message): string {
  const text = memberOf(value, "description") ?? memberOf(value, "summary");
  return typeof text === "string" ? text.trim() : "";
}

function accessOf({ value }: Message): Access | undefined {
  const access = memberOf(value, "x-access");
  return access === "public" || access === "private" ? access : undefined;
}

/**
 * Throws unless every problem can be skipped.
 *
 * @throws CodegenError listing all problems, or with `skipUnsupported` only those that concern the whole document
 */
export function refuseProblems(problems: readonly Problem[], skipUnsupported: boolean): void {
  const fatal = skipUnsupported ? problems.filter(({ of }) => of === undefined) : problems;
  if (fatal.length > 0) throw new CodegenError(fatal);
}

function isKeep(value: unknown): value is Keep {
  if (!isObject(value)) return false;
  const { count = 0, finished = { field: "", values: [] }, finishedForMs = 0, ...others } = value;
  const isFinishedState = isObject(finished) && typeof finished.field === "string" && Array.isArray(finished.values);
  return isCount(count) && isFinishedState && isCount(finishedForMs) && Object.keys(others).length === 0;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
