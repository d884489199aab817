import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { HELP } from "./help.js";
import { isUrl, LoadError, load, shownUrl } from "./load.js";
import { CodegenError, describeProblem } from "./problem.js";

/** Exit codes. */
export const EXIT = { done: 0, differs: 1, failed: 2 } as const;

/** The command's output: results go to `out`; errors and skipped messages go to `err`. */
export interface Console {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Timeout for a whole response from a URL, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** Invalid arguments. The message says how to call the command. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs the command line in this process.
 *
 * @param args the arguments after the program's name
 * @returns the exit code, one of {@link EXIT}
 */
export async function main(args: readonly string[], console: Console): Promise<number> {
  if (args.length === 0) {
    console.err(HELP);
    return EXIT.failed;
  }
  if (args.includes("--help") || args.includes("-h")) {
    console.out(HELP);
    return EXIT.done;
  }
  try {
    return await codegen(readOptions(args), console);
  } catch (error) {
    if (error instanceof UsageError) console.err(`${error.message}\nRun trading-codegen --help for all options.`);
    else if (error instanceof LoadError) console.err(error.message);
    else throw error;
    return EXIT.failed;
  }
}

type Options = ReturnType<typeof readOptions>;

async function codegen({ spec, out, check, ...options }: Options, console: Console): Promise<number> {
  // Loaded here, so that --help and errors in the arguments need no dependency.
  const [{ generate }, { parse }] = await Promise.all([import("./generate.js"), import("./parse.js")]);
  const source = await load(spec, TIMEOUT_MS);
  // Relative to the module, so that the text does not depend on the working directory.
  const from = isUrl(spec) ? shownUrl(spec) : relative(dirname(resolve(out)), resolve(spec)).replaceAll("\\", "/");
  const generated = await generateOrExplain(() => generate(parse(source), { ...options, from }), spec, console);
  if (generated === undefined) return EXIT.failed;
  const { text, routes, operations, types, skipped, leftOut } = generated;
  if (skipped.length > 0)
    console.err(`Skipped:\n${skipped.map((problem) => `  ${describeProblem(problem)}`).join("\n")}`);
  if (leftOut.length > 0)
    console.err(`Left out, neither part of a route nor a request with a reply: ${leftOut.join(", ")}`);
  const before = await readText(out);
  if (check) {
    if (before === text) {
      console.out(`${out} is up to date.`);
      return EXIT.done;
    }
    console.err(`${out} ${differenceOf(before, text)}\nRun the command without --check, and commit the file.`);
    return EXIT.differs;
  }
  if (before !== text) await writeText(out, text);
  const written = options.typesOnly
    ? count(types.length, "message type")
    : `${count(routes.length, "route")}, ${count(operations.length, "operation")}`;
  console.out(`${out}: ${written}`);
  return EXIT.done;
}

async function generateOrExplain<Result>(
  run: () => Promise<Result>,
  spec: string,
  console: Console,
): Promise<Result | undefined> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof CodegenError)) throw error;
    const { problems } = error;
    console.err(`${shownUrl(spec)}: ${count(problems.length, "problem")}, nothing was written`);
    for (const problem of problems) console.err(`  ${describeProblem(problem)}`);
    const skippable = problems.every(({ of }) => of !== undefined);
    if (skippable) console.err("Use --skip-unsupported to leave these routes and operations out.");
    return undefined;
  }
}

function readOptions(args: readonly string[]) {
  const { values } = parseOptions({
    args: [...args],
    options: {
      spec: { type: "string" },
      out: { type: "string" },
      check: { type: "boolean", default: false },
      key: { type: "string", multiple: true, default: [] },
      require: { type: "string", multiple: true, default: [] },
      "skip-unsupported": { type: "boolean", default: false },
      "types-only": { type: "boolean", default: false },
    },
  });
  const { spec, out, check, key, require, "skip-unsupported": skipUnsupported, "types-only": typesOnly } = values;
  if (typesOnly && key.length + require.length > 0) {
    throw new UsageError("--types-only cannot be combined with --key and --require, which concern routes.");
  }
  if (!spec) throw new UsageError("Missing --spec <file or url>: the document to read.");
  if (!out) throw new UsageError("Missing --out <file>: the module to write.");
  const keys = new Map(key.map((text) => split(text, "=", "--key takes <route>=<member>")));
  const required = new Map<string, Set<string>>();
  for (const text of require) {
    const [route, field] = split(text, "/", "--require takes <route>/<field>");
    required.set(route, (required.get(route) ?? new Set()).add(`/${field}`));
  }
  return { spec, out, check, keys, required, skipUnsupported, typesOnly };
}

/** Calls `parseArgs` of node:util, and turns its errors into usage errors. */
function parseOptions<Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function split(text: string, mark: string, usage: string): [string, string] {
  const at = text.indexOf(mark);
  const parts: [string, string] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || parts[1] === "") throw new UsageError(`${usage}, got ${JSON.stringify(text)}.`);
  return parts;
}

/** Returns the text of a file with LF line ends, whatever the checkout uses; undefined if there is no such file. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).replaceAll("\r\n", "\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new LoadError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

async function writeText(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new LoadError(`${path} cannot be written: ${(error as Error).message}`);
  }
}

function differenceOf(before: string | undefined, after: string): string {
  if (before === undefined) return "does not exist";
  const lines = before.split("\n");
  const wanted = after.split("\n");
  const at = wanted.findIndex((line, index) => line !== lines[index]);
  const line = at === -1 ? wanted.length : at;
  const [is, would] = [lines[line], wanted[line]].map((text) =>
    text === undefined ? "no line" : JSON.stringify(text),
  );
  return `differs from the generated text, first in line ${line + 1}:\n  is        ${is}\n  would be  ${would}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
