import { readdirSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./package-root.js";

/** A starter harness that `init` copies into a repository. */
export interface Starter {
  readonly language: string;
  /** The folders whose files are copied, relative to this package, with the target folder of each. */
  readonly folders: readonly (readonly [source: string, target: string])[];
  /** The files of another folder that are copied to the top of the target folder. */
  readonly files?: readonly string[];
  /** A shell command that compiles the harness in its folder. */
  readonly compile?: string;
  /** The command that starts the harness in its folder. */
  readonly command: string;
  /** Step of a GitHub workflow that installs the language, if the runner does not have it. */
  readonly setup?: { readonly uses: string; readonly with: Readonly<Record<string, string>> };
}

/** The starters by the name that `init` takes. */
export const STARTERS: ReadonlyMap<string, Starter> = new Map([
  [
    "python",
    {
      language: "Python 3.9",
      folders: [
        ["harnesses/python", "."],
        ["python/topic_contract", "topic_contract"],
      ],
      files: ["python/tagged.py"],
      command: "python3 harness.py",
      setup: { uses: "actions/setup-python@v5", with: { "python-version": "3.x" } },
    },
  ],
  ["node", { language: "Node 20", folders: [["harnesses/node", "."]], command: "node harness.mjs" }],
  [
    "go",
    {
      language: "Go 1.21",
      folders: [["harnesses/go", "."]],
      compile: "go build -o topic-harness .",
      command: "./topic-harness",
      setup: { uses: "actions/setup-go@v5", with: { "go-version": "stable" } },
    },
  ],
  [
    "rust",
    {
      language: "Rust 1.70",
      folders: [["harnesses/rust", "."]],
      compile: "rustc --edition 2021 -O -o topic-harness main.rs",
      command: "./topic-harness",
    },
  ],
  [
    "java",
    {
      language: "Java 17",
      folders: [["harnesses/java", "."]],
      compile: "javac -d build *.java",
      command: "java -cp build Harness",
      setup: { uses: "actions/setup-java@v4", with: { distribution: "temurin", "java-version": "17" } },
    },
  ],
  [
    "cpp",
    {
      language: "C++17 (GCC 11)",
      folders: [["harnesses/cpp", "."]],
      compile: "g++ -std=c++17 -O2 -o topic-harness *.cpp",
      command: "./topic-harness",
    },
  ],
  [
    "csharp",
    {
      language: "C# (.NET 8)",
      folders: [["harnesses/csharp", "."]],
      compile: "dotnet build -c Release -o build",
      command: "dotnet build/topic-harness.dll",
      setup: { uses: "actions/setup-dotnet@v4", with: { "dotnet-version": "8.0.x" } },
    },
  ],
  [
    "kotlin",
    {
      language: "Kotlin 2",
      folders: [["harnesses/kotlin", "."]],
      compile: "kotlinc *.kt -include-runtime -d topic-harness.jar",
      command: "java -jar topic-harness.jar",
    },
  ],
  [
    "swift",
    {
      language: "Swift 5.7",
      folders: [["harnesses/swift", "."]],
      compile: "swiftc -O -o topic-harness *.swift",
      command: "./topic-harness",
    },
  ],
]);

/** Returns the files of a starter: the path in the target folder, and the path of the source. */
export function starterFiles({ folders, files = [] }: Starter): readonly (readonly [target: string, source: string])[] {
  const copied = folders.flatMap(([source, target]) =>
    readdirSync(join(packageRoot, source), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [join(target, name), join(packageRoot, source, name)] as const),
  );
  return [...copied, ...files.map((file) => [file.split("/").at(-1) as string, join(packageRoot, file)] as const)];
}

/**
 * Returns a GitHub workflow that compiles a starter and runs the vectors.
 *
 * @param folder the folder of the starter, relative to the repository's root
 * @param version the version of this package, so that new vectors do not fail the workflow of a repository by themselves
 */
export function starterWorkflow({ compile, command, setup }: Starter, folder: string, version: string): string {
  const lines = [
    "name: topic-conformance",
    "on: [push, pull_request]",
    "jobs:",
    "  topics:",
    "    runs-on: ubuntu-latest",
    "    defaults:",
    "      run:",
    `        working-directory: ${JSON.stringify(folder)}`,
    "    steps:",
    "      - uses: actions/checkout@v4",
    "      - uses: actions/setup-node@v4",
    "        with:",
    '          node-version: "22"',
  ];
  if (setup !== undefined) {
    const options = Object.entries(setup.with).map(([name, value]) => `          ${name}: ${JSON.stringify(value)}`);
    lines.push(`      - uses: ${setup.uses}`, "        with:", ...options);
  }
  if (compile !== undefined) lines.push(`      - run: ${compile}`);
  lines.push(`      - run: npx --yes @trading/topic-conformance@${version} run -- ${command}`);
  return `${lines.join("\n")}\n`;
}
