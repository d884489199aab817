import { relative } from "node:path";
import { createApp } from "./create-app.js";
import { CreateError, HELP, readOptions } from "./options.js";
import { type install, packageManagerOf } from "./package-manager.js";

/** The oldest version of Node.js on which an app runs: `engines` of its packages. */
const MIN_NODE = [20, 19] as const;

/** The effects of the program, which tests replace. */
export interface Context {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The folder of the templates. */
  readonly templates: string;
  /** The environment variables. A package manager describes itself in those that begin with `npm_config_`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The version of Node.js, such as `22.0.0`. */
  readonly nodeVersion: string;
  readonly install: typeof install;
}

/**
 * Creates an app, installs it, and prints how to start it.
 *
 * @returns the exit code
 */
export async function main(args: readonly string[], context: Context): Promise<number> {
  try {
    const options = readOptions(args, context.env);
    if (options === undefined) {
      context.out(HELP);
      return 0;
    }
    expectNode(context.nodeVersion);
    createApp(options, context.templates);
    const { folder } = options;
    const manager = packageManagerOf(context.env.npm_config_user_agent);
    context.out(`Created ${folder}.`);
    if (options.install) {
      context.out(`Installing with ${manager} …`);
      const failure = await context.install(manager, folder).then(
        (status) => (status === 0 ? undefined : "see its output above"),
        (error: Error) => error.message,
      );
      if (failure !== undefined) {
        context.err(
          `\n${manager} install failed: ${failure}.\nThe app's files are complete. To continue, for example when`,
        );
        context.err(
          `the network is available again:\n\n${steps(folder, [`${manager} install`, `${manager} run dev`])}\n`,
        );
        return 1;
      }
    }
    const commands = [...(options.install ? [] : [`${manager} install`]), `${manager} run dev`];
    context.out(`\nStart it:\n\n${steps(folder, commands)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    context.err(`${error.message}\nAll options: npm create trading-app@latest -- --help`);
    return 1;
  }
}

/** Returns commands for a user's terminal, the first of which enters the folder. */
function steps(folder: string, commands: readonly string[]): string {
  const path = relative(process.cwd(), folder) || ".";
  const enter = /^[\w./\\:-]+$/.test(path) ? `cd ${path}` : `cd "${path}"`;
  return [enter, ...commands].map((command) => `  ${command}`).join("\n");
}

/** @throws CreateError if the app would not run on this version of Node.js */
function expectNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])) {
    throw new CreateError(`Node ${version} is too old: install Node ${MIN_NODE.join(".")} or later.`);
  }
}
