import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readArguments } from "../arguments.js";
import { type Console, UsageError } from "../console.js";
import { EXIT } from "../exit-codes.js";
import { packageVersion } from "../package-root.js";
import { STARTERS, starterFiles, starterWorkflow } from "../starters.js";

const WORKFLOW = join(".github", "workflows", "topic-conformance.yml");

/** `topic-conformance init <language>`: writes a starter harness and a workflow into the current folder. */
export async function init(args: readonly string[], console: Console): Promise<number> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: { out: { type: "string", default: "conformance" }, root: { type: "string", default: "." } },
  });
  const [name, ...rest] = positionals;
  const languages = [...STARTERS.keys()].join(", ");
  if (name === undefined || rest.length > 0) {
    throw new UsageError(`Expected one language, got ${positionals.length}. Languages: ${languages}.`);
  }
  const starter = STARTERS.get(name);
  if (starter === undefined) {
    throw new UsageError(
      `No starter for "${name}". Languages: ${languages}. For others, implement the protocol in docs/line-protocol.md.`,
    );
  }
  const { out, root } = values;
  const files = starterFiles(starter).map(([target, source]) => [join(out, target), source] as const);
  const existing = [WORKFLOW, ...files.map(([target]) => target)].filter((file) => existsSync(join(root, file)));
  if (existing.length > 0) {
    throw new UsageError(`${existing.join(", ")}: exists already. Remove it, or choose another folder with --out.`);
  }
  for (const [target, source] of files) {
    mkdirSync(dirname(join(root, target)), { recursive: true });
    copyFileSync(source, join(root, target));
  }
  mkdirSync(dirname(join(root, WORKFLOW)), { recursive: true });
  writeFileSync(join(root, WORKFLOW), starterWorkflow(starter, out, packageVersion()));

  for (const file of [...files.map(([target]) => target), WORKFLOW]) console.out(`wrote ${file}`);
  console.out(`\nNext (${starter.language}):\n  cd ${out}`);
  if (starter.compile !== undefined) console.out(`  ${starter.compile}`);
  console.out(`  npx @trading/topic-conformance run -- ${starter.command}`);
  console.out("\nThen replace the serializer with your implementation.");
  return EXIT.conforms;
}
