import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";

/** The templates: each is one of the repository's examples. */
export const TEMPLATES = ["vite", "next"] as const;

export type Template = (typeof TEMPLATES)[number];

/** The output of `create-trading-app --help`. */
export const HELP = `create-trading-app: creates a trading app with live quotes

Usage
  npm create trading-app@latest <folder> [-- options]

Options
  --template <name>   vite: Vite and React, with a watch list and a chart (default)
                      next: Next.js with the App Router
  --no-install        only write the files
  --help              show this text
`;

/** Invalid arguments, or a folder that cannot be used. The message can be shown to a user. */
export class CreateError extends Error {
  override readonly name = "CreateError";
}

/** The parsed command line. */
export interface Options {
  /** The absolute path of the new app. */
  readonly folder: string;
  /** The app's name in its package.json. */
  readonly name: string;
  readonly template: Template;
  readonly install: boolean;
}

/**
 * Parses the command line.
 *
 * @param args the arguments after the program's name
 * @param env the environment variables
 * @returns `undefined` for `--help`
 * @throws CreateError
 */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  rejectOptionsOfNpm(positionals, env);
  const [folder, ...others] = positionals;
  if (folder === undefined) throw new CreateError("Missing <folder>: npm create trading-app@latest my-app");
  if (others.length > 0) {
    throw new CreateError(`Expected one folder, got ${positionals.map((text) => JSON.stringify(text)).join(", ")}.`);
  }
  const template = TEMPLATES.find((name) => name === values.template);
  if (template === undefined) {
    throw new CreateError(
      `Invalid --template: expected ${TEMPLATES.join(" or ")}, got ${JSON.stringify(values.template)}.`,
    );
  }
  const path = resolve(folder);
  return { folder: path, name: packageName(basename(path)), template, install: !values["no-install"] };
}

/** The variables in which npm passes on the options that it has read as settings of npm, because they did not follow `--`. */
const READ_BY_NPM = [
  ["npm_config_template", "--template"],
  ["npm_config_install", "--no-install"],
] as const;

/** @throws CreateError instead of ignoring an option that npm has not passed on as an argument */
function rejectOptionsOfNpm(
  [folder = "my-app", template = "next"]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): void {
  const [variable, option] = READ_BY_NPM.find(([variable]) => env[variable] !== undefined) ?? [];
  if (variable === undefined) return;
  const value = env[variable] === "true" ? template : env[variable];
  const meant = option === "--template" ? `${option} ${value}` : option;
  throw new CreateError(
    `npm has read ${option} as an option of npm. Write -- before it: npm create trading-app@latest ${folder} -- ${meant}`,
  );
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        template: { type: "string", default: "vite" },
        "no-install": { type: "boolean", default: false },
        help: { type: "boolean", default: false, short: "h" },
      },
    });
  } catch (error) {
    throw new CreateError((error as Error).message);
  }
}

/** Returns a valid package name for a folder's name, such as `my-app` for `My App`. */
function packageName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, "-")
    .replace(/^[._~-]+|-+$/g, "");
  return name || "trading-app";
}
