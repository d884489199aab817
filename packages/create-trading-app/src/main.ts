import { relative } from "node:path";
import { createApp } from "./create-app.js";
import { CreateError, HELP, readOptions } from "./options.js";
import { type install, packageManagerOf } from "./package-manager.js";

/** The effects of the program, which tests replace. */
export interface Context {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The folder of the templates. */
  readonly templates: string;
  /** The variable `npm_config_user_agent`. */
  readonly userAgent: string | undefined;
  readonly install: typeof install;
}

/**
 * Creates an app, installs it, and prints how to start it.
 *
 * @returns the exit code
 */
export async function main(args: readonly string[], context: Context): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === undefined) {
      context.out(HELP);
      return 0;
    }
    createApp(options, context.templates);
    const { folder } = options;
    const manager = packageManagerOf(context.userAgent);
    context.out(`Created ${folder}.`);
    if (options.install) {
      context.out(`Installing with ${manager} …`);
      const status = await context.install(manager, folder);
      if (status !== 0) {
        context.err(`${manager} install failed in ${folder}. Run it again there; the files are complete.`);
        return 1;
      }
    }
    const steps = [
      `cd ${relative(process.cwd(), folder) || "."}`,
      ...(options.install ? [] : [`${manager} install`]),
      `${manager} run dev`,
    ];
    context.out(`\nStart it:\n\n${steps.map((step) => `  ${step}`).join("\n")}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    context.err(`${error.message}\nRun create-trading-app --help for all options.`);
    return 1;
  }
}
