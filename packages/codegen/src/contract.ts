import { sessionMessages } from "@trading/topic";
import type { Access, Fields, Snapshot } from "@trading/topic/shapes";
import type { Contents } from "./document.js";
import type { Message } from "./messages.js";
import { readParams, tryRead } from "./params.js";
import { CodegenError, type Problem } from "./problem.js";
import { isObject, type Located, memberOf, type References } from "./references.js";
import { alternativesOf, hasMember, propertyOf, stringsOf, unwrap } from "./schemas.js";

/** A stream family, as it will be written. */
export interface GeneratedRoute {
  readonly name: string;
  /** What the document says of it. */
  readonly text: string;
  readonly fields: Fields;
  readonly key: string | undefined;
  readonly snapshot: Snapshot;
  /** Who says what key and snapshot are. "nobody": it is taken for a log. */
  readonly toldBy: "document" | "option" | "nobody";
  readonly access: Access | undefined;
  readonly params: Located;
  /** Where the optional parameters stand that are taken for required. */
  readonly forced: readonly string[];
  readonly update: Located;
}

/** A request with a reply, as it will be written. A side without a schema has no payload. */
export interface GeneratedOperation {
  readonly name: string;
  readonly text: string;
  readonly access: Access | undefined;
  readonly request: Located | undefined;
  /** The alternatives. */
  readonly reply: readonly Located[];
}

/** What clients get of a document. */
export interface Contract {
  readonly routes: readonly GeneratedRoute[];
  readonly operations: readonly GeneratedOperation[];
  readonly problems: readonly Problem[];
  /** Types of messages that no client asks for or waits for by itself. */
  readonly leftOut: readonly string[];
}

export interface ContractOptions {
  /** The key of a route whose document tells none, by route. `*`: every update replaces the one before. */
  readonly keys: ReadonlyMap<string, string>;
  /** Paths (`/symbol`) of optional parameters that are taken for required, by route. */
  readonly required: ReadonlyMap<string, ReadonlySet<string>>;
}

const SUBSCRIBE = ".subscribe";
const FAMILY = /^(.+)\.(subscribe|unsubscribe|update)(\.response)?$/;
const ROUTE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Sorts a document's messages into stream families and operations, and holds each to what a client can do with it. */
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
        `has no message ${name}.update beside ${name}.subscribe: a route needs both`,
      );
    }
    if (!ROUTE_NAME.test(name)) {
      return this.#refuse(name, subscribe.at, "is no route name: letters, digits, -, _ and . may be in one");
    }
    if (subscribe.from === "server" || update.from === "client") {
      const told = `${subscribe.from === "server" ? "subscribe is sent by the server" : "update is sent by the client"}`;
      return this.#refuse(name, subscribe.at, `${told}: this is a client's document, take the server's`);
    }
    if (subscribe.payload === undefined) {
      return this.#refuse(name, subscribe.at, "subscribe has no payload: describe its parameters");
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
        "update has no { topic, payload } in its payload: whose update would it be?",
      );
    }
    const text = textOf(update) || textOf(subscribe);
    const access = accessOf(subscribe);
    return {
      name,
      text,
      fields,
      ...this.#keyOf(name, update, data),
      access,
      params,
      forced,
      update: data,
    };
  }

  /** The update within what wraps it. */
  #dataOf({ payload }: Message): Located | undefined {
    if (payload === undefined) return undefined;
    const { schema } = unwrap(payload, this.#references);
    return propertyOf(schema, "topic") && propertyOf(schema, "payload");
  }

  #keyOf(name: string, update: Message, data: Located): Pick<GeneratedRoute, "key" | "snapshot" | "toldBy"> {
    const own = this.#options.keys.get(name);
    const told = memberOf(update.value, "x-key");
    const snapshot = memberOf(update.value, "x-snapshot");
    const key = own ?? told;
    if (key !== undefined && (typeof key !== "string" || !this.#isMember(data, key))) {
      const from = own === undefined ? "x-key" : "--key";
      this.#refuse(name, data.at, `${from} is ${JSON.stringify(key)}, which is no member of every update`);
    }
    const isKnown = snapshot === "current" || snapshot === "all" || snapshot === "none";
    if (snapshot !== undefined && !isKnown) {
      this.#refuse(name, update.at, `x-snapshot is ${JSON.stringify(snapshot)}: write "current", "all" or "none"`);
    }
    if (key === undefined && isKnown && snapshot !== "none") {
      this.#refuse(name, update.at, `x-snapshot is "${snapshot}" without an x-key: a log has none`);
    }
    const toldBy = own !== undefined ? "option" : key === undefined && snapshot === undefined ? "nobody" : "document";
    if (typeof key !== "string") return { key: undefined, snapshot: "none", toldBy };
    return { key, snapshot: isKnown && own === undefined ? snapshot : "all", toldBy };
  }

  #isMember(data: Located, key: string): boolean {
    return key === "*" || hasMember(data, key, this.#references);
  }

  operation(message: Message): GeneratedOperation[] {
    const { type: name, at, payload, replies } = message;
    const request = tryRead(name, this.problems, () => payload && this.#withoutNull(payload));
    const reply = tryRead(name, this.problems, () => replies.flatMap((item) => this.#repliesOf(item)));
    if (!ROUTE_NAME.test(name))
      this.#refuse(name, at, "is no name of an operation: letters, digits, -, _ and . may be");
    const expected = `${name}.response`;
    if (!replies.some(({ type }) => type === expected)) {
      const told = replies.map(({ type }) => JSON.stringify(type)).join(", ");
      this.#refuse(name, at, `is answered by ${told}: the client waits for ${JSON.stringify(expected)}`);
    }
    if (reply === undefined || this.problems.some(({ of }) => of === name)) return [];
    return [{ name, text: textOf(message), access: accessOf(message), request, reply }];
  }

  /** What a reply may hold, without the refusal: the client makes an error of it. */
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

  /** An option for what the document does not have is a mistyped one. */
  checkOptions(families: ReadonlySet<string>): void {
    const known = [...families].sort().join(", ") || "none";
    for (const [option, names] of [
      ["--key", this.#options.keys],
      ["--require", this.#options.required],
    ] as const) {
      for (const name of names.keys()) {
        if (families.has(name)) continue;
        this.problems.push({ at: "", text: `${option} names ${JSON.stringify(name)}; the routes here are: ${known}.` });
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

/** @throws CodegenError for every problem that belongs to no route, or all of them */
export function refuseProblems(problems: readonly Problem[], skipUnsupported: boolean): void {
  const fatal = skipUnsupported ? problems.filter(({ of }) => of === undefined) : problems;
  if (fatal.length > 0) throw new CodegenError(fatal);
}
