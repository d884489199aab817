import { once } from "node:events";
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import fc from "fast-check";
import { arbitraryOf, type JsonSchema, type Known } from "./schema-arbitrary.js";

/** A request to send. */
export interface Request {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: no body. */
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: JsonSchema;
  readonly required?: boolean;
}

/** An operation of an OpenAPI document. */
export interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

const JSON_TYPE = "application/json";

const HOSTILE_TEXTS = [
  "",
  "null",
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "%",
  "%00",
  "\u0000",
  "'; drop table orders; --",
  "{{7*7}}",
  "<script>",
  "1e309",
  "-0",
  "0x10",
  "9".repeat(400),
  "x".repeat(5_000),
  "😀".repeat(64),
  "\ud800",
];

/**
 * Values that break code which reads properties of any object: a `length` or `size` without a number, and the names that
 * conversions, promises and JSON use.
 */
const HOSTILE_OBJECTS: readonly unknown[] = [
  { length: { toString: 0 } },
  { length: { toString: 0, valueOf: 0 } },
  { size: { toString: 0, valueOf: 0 } },
  { length: { length: { toString: 0, valueOf: 0 } } },
  { length: -1 },
  { length: 1e9 },
  { length: "1" },
  { toString: 0, valueOf: 0 },
  { toJSON: 0 },
  { constructor: { name: { toString: 0 } } },
  [{ length: { toString: 0, valueOf: 0 } }],
  { length: nested(2_000) },
];

/** Returns an array in an array, to a depth. Its conversion to a string is recursive. */
function nested(depth: number): unknown {
  return depth === 0 ? [] : [nested(depth - 1)];
}

const hostileText = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: "binary" }));

const hostileJson = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(1e308, -1e308, 5e-324, -0, 2 ** 53, [], {}, [[]], "", "x".repeat(5_000), null, true),
  fc.constantFrom<unknown>(...HOSTILE_OBJECTS),
  hostileText,
);

const hostileBody = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "",
    "{",
    "null",
    "[]",
    '""',
    "0",
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":{"x":1}}}',
    '{"a":1,"a":2}',
    '{"a":1e999}',
    `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
    `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`,
    JSON.stringify("x".repeat(70_000)),
    "\ufeff{}",
  ),
);

const headerText = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) });

const hostileHeaders = fc.record(
  {
    authorization: fc.oneof(
      headerText,
      headerText.map((text) => `Bearer ${text}`),
      fc.constant("Bearer a.b.c"),
    ),
    accept: headerText,
    origin: headerText,
    "x-forwarded-for": headerText,
    "idempotency-key": headerText,
    cookie: headerText,
    "content-encoding": fc.constantFrom("gzip", "br"),
    "content-type": fc.oneof(
      headerText,
      fc.constantFrom("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml"),
    ),
    expect: fc.constant("100-continue"),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/**
 * Returns requests of one operation: valid, with one invalid part, or entirely hostile.
 *
 * @param names frequent values of parameters and members, by name
 */
export function requestsOf(
  path: string,
  { parameters = [], requestBody }: Operation,
  names: Known,
  components: Document["components"]["schemas"],
): fc.Arbitrary<Request> {
  const texts = (parameter: Parameter) => arbitraryOf(parameter.schema, names, components, parameter.name).map(String);
  const good = (place: string) =>
    fc.record(
      Object.fromEntries(
        parameters.filter((one) => one.in === place).map((one) => [one.name, texts(one).map((text) => [text])]),
      ),
      {
        requiredKeys: parameters.filter((one) => one.in === place && one.required === true).map(({ name }) => name),
        noNullPrototype: true,
      },
    ) as fc.Arbitrary<Record<string, readonly string[]>>;
  const bad = (place: string) =>
    fc.dictionary(
      fc.constantFrom("extra", ...parameters.filter((one) => one.in === place).map(({ name }) => name)),
      fc.array(hostileText, { minLength: 1, maxLength: 2 }),
      { noNullPrototype: true },
    );
  const schema = requestBody?.content[JSON_TYPE]?.schema;
  const goodValue = schema === undefined ? undefined : arbitraryOf(schema, names, components);
  const goodBody = goodValue?.map((value) => JSON.stringify(value)) ?? fc.constant("");
  const badBody = fc.oneof(
    goodValue === undefined ? hostileBody : fc.tuple(goodValue, hostileJson, fc.nat()).map(withHostileMember),
    hostileJson.map((value) => JSON.stringify(value)),
    hostileBody,
  );
  const valid = {
    inPath: good("path"),
    query: good("query"),
    inHeader: good("header"),
    headers: fc.constant<Record<string, string>>({}),
    body: goodBody,
  };
  const invalid = {
    inPath: mixed(valid.inPath, bad("path")),
    query: mixed(valid.query, bad("query")),
    headers: hostileHeaders as fc.Arbitrary<Record<string, string>>,
    body: badBody,
  };
  return fc
    .oneof(
      { weight: 3, arbitrary: fc.record(valid) },
      { weight: 2, arbitrary: fc.record({ ...valid, body: invalid.body }) },
      { weight: 1, arbitrary: fc.record({ ...valid, query: invalid.query }) },
      { weight: 1, arbitrary: fc.record({ ...valid, headers: invalid.headers }) },
      { weight: 1, arbitrary: fc.record({ ...valid, ...invalid }) },
    )
    .map(({ inPath, query, inHeader, headers, body: text }) => ({
      path: addressOf(path, inPath, query),
      headers: {
        ...(text !== "" && { "content-type": JSON_TYPE }),
        ...Object.fromEntries(Object.entries(inHeader).map(([name, [value = ""]]) => [name, printable(value)])),
        ...headers,
      },
      body: text,
    }));
}

function mixed<Value>(one: fc.Arbitrary<Record<string, Value>>, other: fc.Arbitrary<Record<string, Value>>) {
  return fc.tuple(one, other).map(([first, second]) => ({ ...first, ...second }));
}

/** Returns bodies of one operation with each of their members replaced by each hostile object; empty without a body. */
export function hostileBodies({ requestBody }: Operation, components: Document["components"]["schemas"]): string[] {
  const schema = requestBody?.content[JSON_TYPE]?.schema;
  const names = schema === undefined ? [] : memberNames(schema, components);
  return HOSTILE_OBJECTS.flatMap((hostile) => [hostile, ...names.map((name) => ({ [name]: hostile }))]).map((value) =>
    JSON.stringify(value),
  );
}

/** Returns the names of an object's members, also if it is one of several choices. */
function memberNames(schema: JsonSchema, components: Document["components"]["schemas"]): string[] {
  const { $ref, properties = {}, anyOf = [], oneOf = [], allOf = [] } = schema;
  const target = $ref === undefined ? [] : [components[$ref.split("/").at(-1) as string] ?? {}];
  const inner = [...anyOf, ...oneOf, ...allOf, ...target].flatMap((one) => memberNames(one, components));
  return [...Object.keys(properties), ...inner];
}

/** Returns a value with one member replaced, or with another member when it has none, as JSON. */
function withHostileMember([value, hostile, at]: [unknown, unknown, number]): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(hostile);
  const names = Object.keys(value);
  return JSON.stringify({ ...value, [names[at % Math.max(names.length, 1)] ?? "extra"]: hostile });
}

function addressOf(
  path: string,
  inPath: Readonly<Record<string, readonly string[]>>,
  query: Readonly<Record<string, readonly string[]>>,
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => escaped(inPath[name]?.[0] ?? "x"));
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    values.map((value) => `${escaped(name)}=${escaped(value)}`),
  );
  return pairs.length === 0 ? filled : `${filled}?${pairs.join("&")}`;
}

/** Encodes a text for a URL. Lone surrogates cannot be encoded, so it replaces them. */
function escaped(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"));
}

function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, "-");
}

/** Sends requests over a few keep-alive connections. */
export class Sender implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  async send(method: string, { path, headers, body }: Request): Promise<Reply> {
    const length = { "content-length": Buffer.byteLength(body) };
    const sent = request({
      port: this.#port,
      agent: this.#agent,
      method: method.toUpperCase(),
      path,
      headers: { ...headers, ...length },
    });
    sent.end(body);
    const [response] = await once(sent, "response");
    const chunks: Buffer[] = await response.toArray();
    return { status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
