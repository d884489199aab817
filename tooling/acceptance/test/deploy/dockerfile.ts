import { execFile } from "node:child_process";
import { chownSync, cpSync, lstatSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { promisify } from "node:util";
import { type Copy, DockerfileParser, type Env, type Flag, type From, type Instruction } from "dockerfile-ast";
import { validate } from "dockerfile-utils";

const run = promisify(execFile);

/** The result of a Dockerfile, as folders of this machine. */
export interface Image {
  /** The folder that is the container's `/`. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly healthcheck: readonly string[];
}

/** Options of {@link makeImage}. */
export interface Making {
  readonly dockerfile: string;
  /** The build context, to which its `.dockerignore` applies. */
  readonly context: string;
  /** An empty folder. */
  readonly ground: string;
  /** Environment variables of the commands, which ENV in the Dockerfile overrides. */
  readonly env: Readonly<Record<string, string>>;
  /** Commands that are skipped on this machine. */
  isDone(command: string): boolean;
}

/**
 * Executes the steps of a Dockerfile without containers: each stage is a folder in which its commands run. So the commands
 * must use relative paths for their output. Base images are ignored; the programs of this machine run instead.
 */
export async function makeImage({ dockerfile, context, ground, env, isDone }: Making): Promise<Image> {
  const isIgnored = ignoredBy(readFileSync(join(context, ".dockerignore"), "utf8"));
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const instruction of instructionsOf(dockerfile)) {
    if (instruction.getKeyword() === "FROM") {
      const name = (instruction as From).getBuildStage() ?? "image";
      stage = new Stage(join(ground, name));
      stages.set(name, stage);
      continue;
    }
    if (stage === undefined) throw new Error(`${instruction.getKeyword()} comes before the first FROM`);
    switch (instruction.getKeyword()) {
      case "WORKDIR":
        stage.enter(wordsOf(instruction)[0] as string);
        break;
      case "ENV":
        for (const variable of (instruction as Env).getProperties()) {
          stage.env[variable.getName()] = variable.getValue() as string;
        }
        break;
      case "COPY": {
        const from = flagOf(instruction as Copy, "from");
        stage.copy(wordsOf(instruction), {
          from: from === undefined ? context : (stages.get(from) as Stage).root,
          take: from === undefined ? (source, target) => copyFiles(source, target, context, isIgnored) : renameSync,
          owner: flagOf(instruction as Copy, "chown"),
        });
        break;
      }
      case "RUN": {
        const command = commandOf(instruction);
        if (!isDone(command)) await stage.run(command, env);
        break;
      }
      case "ENTRYPOINT":
        stage.entrypoint = jsonOf(instruction);
        break;
      case "HEALTHCHECK":
        stage.healthcheck = jsonOf(instruction);
        break;
    }
  }
  if (stage === undefined) throw new Error("the Dockerfile has no FROM");
  return stage;
}

interface Copying {
  readonly from: string;
  /** Moves files from another stage instead of copying them: the stage is finished, and copying its packages is slow. */
  readonly take: (source: string, target: string) => void;
  readonly owner: string | undefined;
}

function copyFiles(source: string, target: string, context: string, isIgnored: (path: string) => boolean): void {
  cpSync(source, target, { recursive: true, filter: (file) => !isIgnored(file.slice(context.length + 1)) });
}

class Stage implements Image {
  readonly root: string;
  readonly env: Record<string, string> = {};
  workdir = "/";
  entrypoint: readonly string[] = [];
  healthcheck: readonly string[] = [];

  constructor(root: string) {
    this.root = root;
    mkdirSync(root);
  }

  enter(path: string): void {
    this.workdir = posix.resolve(this.workdir, path);
    mkdirSync(join(this.root, this.workdir), { recursive: true });
  }

  copy(paths: readonly string[], { from, take, owner }: Copying): void {
    const target = paths.at(-1) as string;
    const into = join(this.root, posix.resolve(this.workdir, target));
    for (const source of paths.slice(0, -1)) {
      const path = join(from, source);
      const isInto = target.endsWith("/") && !lstatSync(path).isDirectory();
      const to = isInto ? join(into, basename(source)) : into;
      mkdirSync(dirname(to), { recursive: true });
      take(path, to);
      if (owner !== undefined && isRoot) chownSync(to, ...(owner.split(":").map(Number) as [number, number]));
    }
  }

  async run(command: string, env: Readonly<Record<string, string>>): Promise<void> {
    const options = { cwd: join(this.root, this.workdir), env: { ...env, ...this.env }, maxBuffer: 2 ** 26 };
    await run("sh", ["-c", command], options).catch((error: { stdout: string; stderr: string }) => {
      throw new Error(`RUN ${command}\n${error.stdout}${error.stderr}`);
    });
  }
}

/** Whether this process can change the owner of files. */
export const isRoot = process.getuid?.() === 0;

/** Returns all instructions in order. */
export function instructionsOf(dockerfile: string): Instruction[] {
  return DockerfileParser.parse(dockerfile).getInstructions();
}

/** Returns the problems that a linter and the rules of this repository find in a Dockerfile. */
export function lintDockerfile(dockerfile: string): string[] {
  const instructions = instructionsOf(dockerfile);
  const problems = validate(dockerfile).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`);
  const of = (keyword: string) => instructions.filter((instruction) => instruction.getKeyword() === keyword);
  const stages = of("FROM").map((instruction) => (instruction as From).getBuildStage());
  for (const from of of("FROM") as From[]) {
    const image = from.getImage() ?? "";
    if (!stages.includes(image) && !/:\d+\.\d+(\.\d+)?(-[\w.-]+)?(@sha256:[0-9a-f]{64})?$/.test(image)) {
      problems.push(`${image} is not pinned to a version`);
    }
  }
  for (const keyword of ["ENTRYPOINT", "HEALTHCHECK"]) {
    const [instruction] = of(keyword);
    if (instruction === undefined) problems.push(`there is no ${keyword}`);
    else if (!instruction.getArgumentsContent()?.includes("[")) problems.push(`${keyword} is run by a shell`);
  }
  const last = instructions.slice(instructions.findLastIndex((instruction) => instruction.getKeyword() === "FROM"));
  const user = last.find((instruction) => instruction.getKeyword() === "USER")?.getArgumentsContent();
  if (!/^[1-9]\d*:[1-9]\d*$/.test(user ?? ""))
    problems.push(`USER is ${user}: use the numeric ids of a user other than root`);
  for (const instruction of of("ADD"))
    problems.push(`line ${instruction.getRange().start.line + 1}: use COPY, not ADD`);
  for (const instruction of of("RUN")) {
    if (/\b(curl|wget|sudo)\b/.test(commandOf(instruction)))
      problems.push(`${commandOf(instruction)} fetches what is not pinned`);
  }
  return problems;
}

/** Supports names at the top level, and names after two stars. Other patterns are errors. */
function ignoredBy(text: string): (path: string) => boolean {
  const entries = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const patterns = entries.map((entry) => {
    const [, anywhere, name] = /^(\*\*\/)?([\w.-]+\*?)$/.exec(entry) ?? [];
    if (name === undefined) throw new Error(`.dockerignore has ${entry}: give a name, or **/ and a name`);
    const source = name.replaceAll(".", "\\.").replace("*", "[^/]*");
    return new RegExp(`${anywhere === undefined ? "^" : "(^|/)"}${source}(/|$)`);
  });
  return (path) => patterns.some((pattern) => pattern.test(path));
}

const wordsOf = (instruction: Instruction) =>
  instruction
    .getArguments()
    .map((argument) => argument.getValue())
    .filter((word) => !word.startsWith("--"));

const commandOf = (instruction: Instruction) =>
  (instruction.getArgumentsContent() ?? "").replace(/^(--\S+\s+(\\\n\s*)?)*/, "");

const jsonOf = (instruction: Instruction): string[] =>
  JSON.parse(/\[.*\]$/s.exec(instruction.getArgumentsContent() ?? "")?.[0] ?? "[]");

const flagOf = (instruction: { getFlags(): Flag[] }, name: string) =>
  instruction
    .getFlags()
    .find((flag) => flag.getName() === name)
    ?.getValue() ?? undefined;
