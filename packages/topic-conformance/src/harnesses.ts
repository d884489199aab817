import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HarnessError } from "./implementation.js";
import { packageRoot } from "./package-root.js";

/** A harness of this package, with the expected verdict. */
export interface Harness {
  readonly name: string;
  readonly command: readonly string[];
  /** The command that compiles it. In both commands, `{build}` stands for the folder of what is compiled. */
  readonly compile?: readonly string[];
  readonly verdict: "conforms" | "differs";
  /** The program that it requires in addition to Node; an `optional` one can be missing in CI. */
  readonly needs?: { readonly program: string; readonly install: string; readonly optional?: true };
}

const harness = (...path: string[]) => join(packageRoot, "harnesses", ...path);
const sources = (folder: string, ...files: string[]) => files.map((file) => harness(folder, file));

/** The harnesses that `self-check` runs. */
export const HARNESSES: readonly Harness[] = [
  {
    name: "@trading/topic",
    command: [process.execPath, harness("trading-topic", "harness.mjs")],
    verdict: "conforms",
  },
  { name: "node", command: [process.execPath, harness("node", "harness.mjs")], verdict: "conforms" },
  {
    name: "python",
    command: ["python3", harness("python", "harness.py")],
    verdict: "conforms",
    needs: { program: "python3", install: "Python 3.9 or later" },
  },
  {
    name: "go",
    command: ["go", "run", "-C", harness("go"), "."],
    verdict: "conforms",
    needs: { program: "go", install: "Go 1.21 or later" },
  },
  {
    name: "rust",
    compile: ["rustc", "--edition", "2021", "-O", "-o", "{build}/rust-harness", harness("rust", "main.rs")],
    command: ["{build}/rust-harness"],
    verdict: "conforms",
    needs: { program: "rustc", install: "Rust 1.70 or later", optional: true },
  },
  {
    name: "java",
    compile: [
      "javac",
      "-d",
      "{build}/java",
      ...sources("java", "Harness.java", "Json.java", "Tagged.java", "Topic.java"),
    ],
    command: ["java", "-XX:+UseSerialGC", "-cp", "{build}/java", "Harness"],
    verdict: "conforms",
    needs: { program: "javac", install: "a JDK, version 17 or later", optional: true },
  },
  {
    name: "cpp",
    compile: [
      "g++",
      "-std=c++17",
      "-O2",
      "-o",
      "{build}/cpp-harness",
      ...sources("cpp", "json.cpp", "main.cpp", "tagged.cpp", "topic.cpp"),
    ],
    command: ["{build}/cpp-harness"],
    verdict: "conforms",
    needs: { program: "g++", install: "GCC 11 or later", optional: true },
  },
  {
    name: "csharp",
    compile: [
      "dotnet",
      "build",
      harness("csharp"),
      "--configuration=Release",
      "--output={build}/csharp",
      "-p:BaseIntermediateOutputPath={build}/csharp-obj/",
    ],
    command: ["dotnet", "{build}/csharp/topic-harness.dll"],
    verdict: "conforms",
    needs: { program: "dotnet", install: "the .NET SDK, version 8 or later", optional: true },
  },
  {
    name: "kotlin",
    compile: [
      "kotlinc",
      ...sources("kotlin", "Harness.kt", "Json.kt", "Tagged.kt", "Topic.kt"),
      "-include-runtime",
      "-d",
      "{build}/kotlin-harness.jar",
    ],
    command: ["java", "-jar", "{build}/kotlin-harness.jar"],
    verdict: "conforms",
    needs: { program: "kotlinc", install: "Kotlin 2 and a JDK, version 17 or later", optional: true },
  },
  {
    name: "swift",
    compile: [
      "swiftc",
      "-O",
      "-o",
      "{build}/swift-harness",
      ...sources("swift", "Json.swift", "main.swift", "Tagged.swift", "Topic.swift"),
    ],
    command: ["{build}/swift-harness"],
    verdict: "conforms",
    needs: { program: "swiftc", install: "Swift 5.7 or later", optional: true },
  },
  { name: "legacy", command: [process.execPath, harness("legacy", "harness.mjs")], verdict: "differs" },
];

/** Returns whether the program that a harness requires can be started. */
export function isInstalled({ needs }: Harness): boolean {
  if (needs === undefined) return true;
  // Go has no --version and exits with an error. Only a program that cannot be started sets `error`.
  return spawnSync(needs.program, ["--version"], { stdio: "ignore" }).error === undefined;
}

/**
 * Compiles a harness, if its language requires that, into a temporary folder.
 *
 * @returns the command that starts the harness, and a function that removes the folder
 * @throws HarnessError with the output of the compiler
 */
export function compileHarness({ name, compile, command }: Harness): {
  readonly command: readonly string[];
  readonly remove: () => void;
} {
  if (compile === undefined) return { command, remove: () => {} };
  const folder = mkdtempSync(join(tmpdir(), `topic-conformance-${name}-`));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const [program = "", ...args] = compile.map((arg) => arg.replace("{build}", folder));
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) {
    remove();
    throw new HarnessError(`cannot compile the harness ${name}: ${error?.message ?? stderr}`);
  }
  return { command: command.map((arg) => arg.replace("{build}", folder)), remove };
}
