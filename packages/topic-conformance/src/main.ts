import { readVectors } from "./arguments.js";
import { explain } from "./commands/explain.js";
import { init } from "./commands/init.js";
import { list } from "./commands/list.js";
import { matrix } from "./commands/matrix.js";
import { run } from "./commands/run.js";
import { selfCheck } from "./commands/self-check.js";
import { type Console, printable, UsageError } from "./console.js";
import { EXIT } from "./exit-codes.js";
import { HELP, HELP_OF } from "./help.js";
import { HarnessError } from "./implementation.js";
import { packageVersion } from "./package-root.js";
import { wire } from "./wire/command.js";

type Command = (args: readonly string[], console: Console, signal: AbortSignal) => Promise<number>;

const COMMANDS = new Map<string, Command>([
  ["run", run],
  ["explain", explain],
  ["init", init],
  ["list", list],
  ["matrix", matrix],
  ["self-check", selfCheck],
  ["wire", wire],
]);

/**
 * Runs the command line.
 *
 * @param args the arguments after the program name
 * @param signal aborts a run and kills its harness
 * @returns the exit code: 0 conforms, 1 differs, 2 harness fault or invalid arguments
 */
export async function main(args: readonly string[], console: Console, signal: AbortSignal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const help = HELP_OF.get(rest[0] ?? "") ?? HELP;
    (name === undefined ? console.err : console.out)(help);
    return name === undefined ? EXIT.harnessFault : EXIT.conforms;
  }
  if (name === "--version" || name === "version") {
    console.out(`topic-conformance ${packageVersion()}, vectors ${readVectors(undefined).version}`);
    return EXIT.conforms;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) {
    console.err(
      `Unknown command "${name}". Commands: ${[...COMMANDS.keys()].join(", ")}. See topic-conformance --help.`,
    );
    return EXIT.harnessFault;
  }
  // The arguments after `--` belong to the harness, including a --help.
  const own = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (own.includes("--help") || own.includes("-h")) {
    console.out(HELP_OF.get(name) ?? HELP);
    return EXIT.conforms;
  }
  try {
    return await command(rest, console, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof UsageError) console.err(`${printable(error.message)}\nSee topic-conformance ${name} --help.`);
    else if (error instanceof HarnessError) console.err(console.colors.red(printable(error.message)));
    else throw error;
    return EXIT.harnessFault;
  }
}
