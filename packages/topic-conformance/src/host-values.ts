/** The part of `node:vm` that is used here. The module is optional, because browsers do not have it. */
interface Vm {
  runInNewContext(code: string): unknown;
}

const vm = (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process?.getBuiltinModule?.(
  "node:vm",
) as Vm | undefined;

/** A proxy handler whose every trap throws. */
const throwing = new Proxy<ProxyHandler<object>>(
  {},
  {
    get: () => () => {
      throw new Error("this proxy trap always throws");
    },
  },
);

class Instance {
  readonly a = 1;
}

class List extends Array<number> {}

const HOSTS: Readonly<Record<string, () => unknown>> = {
  date: () => new Date(0),
  map: () => new Map([["a", 1]]),
  set: () => new Set([1]),
  function: () => () => 1,
  symbol: () => Symbol("a"),
  regexp: () => /a/,
  error: () => new Error("a"),
  promise: () => Promise.resolve(1),
  generator: () => [1, 2].values(),
  bytes: () => new Uint8Array([1]),
  "array-buffer": () => new ArrayBuffer(1),
  "boxed-number": () => Object(1),
  "boxed-string": () => Object("a"),
  "boxed-boolean": () => Object(true),
  instance: () => new Instance(),
  "array-subclass": () => List.of(1),
  accessor: () => ({
    get a() {
      return 1;
    },
  }),
  "symbol-key": () => ({ a: 1, [Symbol("b")]: 2 }),
  "sparse-array": () => Object.assign(new Array(3), { 0: 1, 2: 3 }),
  "named-array": () => Object.assign([1], { name: 1 }),
  "proxy-throws": () => new Proxy({}, throwing),
  "to-json": () => ({ a: 1, toJSON: () => "b" }),
  "null-prototype": () => Object.assign(Object.create(null), { b: 1, a: 2 }),
  ...(vm && { "other-realm": () => vm.runInNewContext("({ b: [1], a: {} })") }),
  "non-enumerable": () => Object.defineProperty({ a: 1 }, "b", { value: 2 }),
  "plain-proxy": () => new Proxy({ b: 1, a: 2 }, {}),
};

/** The features of the host values that this runtime supports. */
export const hostFeatures: readonly string[] = Object.keys(HOSTS).map((kind) => `host-${kind}`);

/**
 * Returns a value that exists only in some languages, by its kind in docs/vectors.md.
 *
 * @throws TypeError if this runtime does not have it
 */
export function hostValue(kind: string): unknown {
  const make = HOSTS[kind];
  if (make === undefined) throw new TypeError(`this runtime has no host value "${kind}"`);
  return make();
}
