import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { root } from "../../src/run.mjs";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
/** The versions of TypeScript that users can have: the oldest, the first with `NoInfer`, and the present one. */
export type TypeScript = "typescript-5.0" | "typescript-5.4" | "typescript";
const compilerOf = (version: TypeScript): string => require.resolve(`${version}/bin/tsc`);
const acceptance = fileURLToPath(new URL("..", import.meta.url));

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

/**
 * A project outside of the workspace with packed packages, so that imports resolve as they do for a user. Other dependencies
 * come from this workspace, so that a test needs no network.
 */
export class Consumer {
  readonly folder = mkdtempSync(join(tmpdir(), "consumer-"));

  /** Returns the path of an installed file. */
  path(...names: readonly string[]): string {
    return join(this.folder, "node_modules", ...names);
  }

  /** Installs a package of this workspace from its tarball, with links to its dependencies except some. */
  async install(name: string, except: readonly string[] = []): Promise<void> {
    const from = join(root, "packages", name);
    const unpacked = this.path("@trading", name);
    mkdirSync(unpacked, { recursive: true });
    const pnpm = join(root, "node_modules/.bin/pnpm");
    const { stdout } = await run(pnpm, ["pack", "--json", "--pack-destination", this.folder], { cwd: from });
    const { filename } = JSON.parse(stdout) as { filename: string };
    await run("tar", ["-xzf", filename, "-C", unpacked, "--strip-components=1"]);
    const { dependencies, peerDependencies }: Manifest = JSON.parse(
      readFileSync(join(unpacked, "package.json"), "utf8"),
    );
    for (const dependency of Object.keys({ ...dependencies, ...peerDependencies }))
      if (!dependency.startsWith("@trading/") && !except.includes(dependency)) this.link(dependency, dependency, from);
  }

  /** Links a dependency of a workspace project, unless it is installed. @param from by default, this project */
  link(dependency: string, name = dependency, from = acceptance): void {
    const to = this.path(name);
    mkdirSync(dirname(to), { recursive: true });
    if (!existsSync(to)) symlinkSync(realpathSync(join(from, "node_modules", dependency)), to);
  }

  /** Copies a dependency of this project, so that it finds its own dependencies in the consumer. */
  copy(dependency: string, name = dependency): void {
    cpSync(realpathSync(join(acceptance, "node_modules", dependency)), this.path(name), { recursive: true });
  }

  /** Writes a program and runs it. @returns its output */
  async run(file: string, text: string, options: readonly string[] = []): Promise<string> {
    writeFileSync(join(this.folder, file), text);
    return this.node([...options, file]);
  }

  /** Runs Node.js in the consumer. @returns its output */
  async node(args: readonly string[]): Promise<string> {
    return (await run(process.execPath, args, { cwd: this.folder })).stdout;
  }

  /** Writes files and type-checks them. @returns the problems */
  async typeCheck(
    options: readonly string[],
    files: Record<string, string>,
    version: TypeScript = "typescript",
  ): Promise<string> {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(this.folder, file), text);
    const args = [compilerOf(version), "--noEmit", "--strict", "--target", "es2022", ...options, ...Object.keys(files)];
    return run(process.execPath, args, { cwd: this.folder }).then(
      () => "",
      ({ stdout }: { stdout: string }) => stdout,
    );
  }

  /** Compiles a TypeScript program. @throws Error with the problems */
  async compile(file: string): Promise<void> {
    const options = ["--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck"];
    await run(process.execPath, [compilerOf("typescript"), ...options, file], { cwd: this.folder }).catch(
      ({ stdout }) => {
        throw new Error(stdout);
      },
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
