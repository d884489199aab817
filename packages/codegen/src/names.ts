/** Names that the module may not use for a constant or type: reserved words and the generated file's own imports. */
const RESERVED = new Set(
  (
    "arguments await break case catch class const continue debugger default defineOperationShape defineShape delete do " +
    "else enum eval export extends false finally for function if implements import in instanceof interface let new null " +
    "package private protected public return static super switch this throw true try typeof undefined var void while " +
    "with yield any unknown never object string number boolean bigint symbol"
  ).split(" "),
);

/** Allocates unique identifiers. */
export class Names {
  readonly #used = new Set(RESERVED);

  /** Returns the wanted name, with a number appended if it is already used: `bars`, `bars2`. */
  take(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#used.has(name); count++) name = `${wanted}${count}`;
    this.#used.add(name);
    return name;
  }
}

/** Converts `broker-connection` to `brokerConnection`. */
export function camelCase(text: string): string {
  const name = pascalCase(text);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** Converts `broker-connection` to `BrokerConnection`. All characters except ASCII letters and digits separate words. */
export function pascalCase(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(name) ? name : `_${name}`;
}
