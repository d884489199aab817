import { explain } from "./commands/explain.js";
import { list } from "./commands/list.js";
import { matrix } from "./commands/matrix.js";
import { run } from "./commands/run.js";
import { selfCheck } from "./commands/self-check.js";
import { type Console, UsageError } from "./console.js";
import { EXIT } from "./exit-codes.js";
import { HELP, HELP_OF } from "./help.js";
import { HarnessError } from "./implementation.js";

type Command = (args: readonly string[], console: Console, signal: AbortSignal) => Promise<number>;

const COMMANDS = new Map<string, Command>([
  ["run", run],
  ["explain", explain],
  ["list", list],
  ["matrix", matrix],
  ["self-check", selfCheck],
]);

/**
 * The command line, without its process.
 *
 * @param args what stands behind the program's name
 * @param signal ends a run: its child is killed
 * @returns the exit code: 0 conforms, 1 differs, 2 the harness or the call is at fault
 */
export async function main(args: readonly string[], console: Console, signal: AbortSignal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const help = HELP_OF.get(rest[0] ?? "") ?? HELP;
    (name === undefined ? console.err : console.out)(help);
    return name === undefined ? EXIT.harnessFault : EXIT.conforms;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) {
    console.err(`There is no command "${name}". The commands are ${[...COMMANDS.keys()].join(", ")}; see --help.`);
    return EXIT.harnessFault;
  }
  // Behind `--` stands the implementation's command line, whose --help is not ours.
  const own = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (own.includes("--help") || own.includes("-h")) {
    console.out(HELP_OF.get(name) ?? HELP);
    return EXIT.conforms;
  }
  try {
    return await command(rest, console, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof UsageError) console.err(`${error.message}\nSee topic-conformance ${name} --help.`);
    else if (error instanceof HarnessError) console.err(console.colors.red(error.message));
    else throw error;
    return EXIT.harnessFault;
  }
}
