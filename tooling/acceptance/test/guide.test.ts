import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  hasPostgres,
  type PostgresServer,
  startPostgres,
} from "../../../apps/server/test/modules/broker/postgres-server.js";
import { root } from "../../src/run.mjs";
import { Clone } from "./clone.js";

const GUIDE = "docs/guides/your-own-feed-and-broker.md";
const guide = readFileSync(join(root, GUIDE), "utf8");

/** The address of the guide's server, after it has started. */
const ADDRESS = "http://localhost:8000";
const DATABASE = /postgres:\/\/\S+/;

/** A code block of the guide. */
interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The last file name in the text before it. */
  readonly file: string;
}

const blocks = Array.from(guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm), (match): Block => {
  const before = guide.slice(0, match.index);
  const [, file = ""] = [...before.matchAll(/`([\w./-]+\.ts)`:$/gm)].at(-1) ?? [];
  return { line: before.split("\n").length, language: match[1] as string, text: match[2] as string, file };
});

const clone = new Clone();
let server: Awaited<ReturnType<Clone["start"]>> | undefined;
let postgres: PostgresServer | undefined;

beforeAll(async () => {
  const { status, stdout, stderr } = await clone.run("npm", ["run", "build"]);
  expect(status, stdout + stderr).toBe(0);
  if (hasPostgres) postgres = await startPostgres();
});

afterAll(async () => {
  await server?.stop();
  await postgres?.stop();
  clone.remove();
});

// The order matters: each block continues with the files that the earlier ones have written.
describe(GUIDE, () => {
  test.each(blocks)(
    "the $language at line $line",
    async ({ language, text, file }) => {
      if (language === "ts") write(file, text);
      else if (language === "diff") change(file, text);
      else if (/npm start$/m.test(text)) await start(text.trim());
      else await follow(text);
    },
    180_000,
  );

  test("contains code that type-checks", async () => {
    const files = new Set(blocks.map(({ file }) => file).filter((file) => file !== ""));
    const { stdout } = await clone.checkTypes("apps/server/tsconfig.json");
    expect(stdout.split("\n").filter((line) => files.has(line.split("(")[0] as string))).toEqual([]);
    const { status, stderr } = await clone.run("biome", ["ci", "--error-on-warnings", ...files]);
    expect(status, stderr).toBe(0);
  });

  test("lists exactly the members of BrokerService", () => {
    const table = guide.slice(guide.indexOf("| `BrokerService`"));
    const named = table
      .match(/^\|.*\|$/gm)
      ?.slice(2)
      .flatMap((row) => row.split("|")[1]?.match(/\w+/g) ?? []);
    const source = readFileSync(join(root, "apps/server/src/modules/broker/broker.ts"), "utf8");
    const body = source.slice(
      source.indexOf("export class Broker "),
      source.indexOf("\n}\n", source.indexOf("export class Broker ")),
    );
    const members = [...body.matchAll(/^ {2}(?:async |get )?([a-z]\w*)\(/gm)].map(([, name]) => name);
    expect(named?.toSorted()).toEqual(members.filter((name) => name !== "constructor").toSorted());
  });
});

function write(file: string, text: string): void {
  const path = join(clone.path, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Applies a diff to a file. Each of its hunks must match exactly once. */
function change(file: string, difference: string): void {
  const lines = difference.trimEnd().split("\n");
  const without = (sign: string) =>
    `${lines.flatMap((line) => (line.startsWith(sign) ? [] : [line.slice(1)])).join("\n")}\n`;
  const parts = readFileSync(join(clone.path, file), "utf8").split(without("+"));
  expect(parts, `${without("+")} in ${file}`).toHaveLength(2);
  write(file, parts.join(without("-")));
}

/** Stops the previous server, as the reader does, and starts the next. */
async function start(command: string): Promise<void> {
  await server?.stop();
  server = undefined;
  if (DATABASE.test(command) && postgres === undefined) return;
  const url = await postgres?.create(`guide_${Date.now()}`);
  const real = command.replace(DATABASE, url ?? "");
  server = await clone.start("sh", ["-c", real.replace("npm start", "exec npm start")], {});
}

/** Runs commands, and compares the output of each with the comment line after it, in which … matches anything. */
async function follow(text: string): Promise<void> {
  let variables = "";
  for (const [, command, promised] of text.matchAll(/^([^#\n].*)\n(?:# (.*)\n)?/gm) as Iterable<
    [string, string, string?]
  >) {
    if (/^\w+=\$/.test(command)) {
      variables += `${command}\n`;
      continue;
    }
    const print = async () => {
      const script = `${variables}${command.replaceAll(ADDRESS, server?.http ?? ADDRESS)}`;
      const { status, stdout, stderr } = await clone.run("bash", ["-ec", script]);
      expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
      return stdout;
    };
    if (promised === undefined) await print();
    // Commands that change something run once. Queries are repeated, because the result may not have arrived yet.
    else if (command.includes(" -X ")) expect(await print()).toMatch(patternOf(promised));
    else await expect.poll(print, { timeout: 240_000 }).toMatch(patternOf(promised));
  }
}

function patternOf(promised: string): RegExp {
  const parts = promised.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
