import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateError, type Options } from "./options.js";

/**
 * Writes the files of a new app into its folder, which must be empty or missing.
 *
 * @param templates the folder of the templates
 * @throws CreateError if the folder cannot be used
 */
export function createApp(options: Options, templates: string): void {
  try {
    writeApp(options, templates);
  } catch (error) {
    // Those of the file system, such as EACCES, name the path and the reason.
    if (!(error instanceof Error) || !("code" in error)) throw error;
    throw new CreateError(`${options.folder} cannot be written (${error.message}): choose another folder.`);
  }
}

function writeApp({ folder, name, template }: Options, templates: string): void {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new CreateError(`${folder} is a file: choose another name.`);
    // A new repository has only its history.
    const [found] = readdirSync(folder).filter((file) => file !== ".git");
    if (found !== undefined) {
      throw new CreateError(`${folder} is not empty (it contains ${JSON.stringify(found)}): choose another folder.`);
    }
  }
  mkdirSync(folder, { recursive: true });
  cpSync(join(templates, template), folder, { recursive: true });
  // npm does not publish a file with the name .gitignore.
  renameSync(join(folder, "_gitignore"), join(folder, ".gitignore"));
  const manifest = join(folder, "package.json");
  const { name: _, ...fields } = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, unknown>;
  writeFileSync(manifest, `${JSON.stringify({ name, ...fields }, undefined, 2)}\n`);
}
