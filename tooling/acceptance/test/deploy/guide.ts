import { execFile } from "node:child_process";

/** A command of a guide, and its expected output. */
export interface Step {
  readonly command: string;
  readonly promised: string;
}

/** The commands of a guide's `console` blocks: lines that begin with `$`, each followed by its output. */
export function stepsOf(guide: string): Step[] {
  const blocks = [...guide.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block]) => block as string);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const end = step.indexOf("\n");
        return { command: step.slice(0, end), promised: step.slice(end + 1).trimEnd() };
      }),
  );
}

/** Returns the code blocks of a language. */
export function blocksOf(guide: string, language: string): string[] {
  return [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, text]) => text as string,
  );
}

/** Turns expected output into a pattern. `…` matches the rest of a line, or any lines when it is alone on its line. */
export function patternOf(promised: string): RegExp {
  const lines = promised.split("\n").map((line) => {
    if (line === "…") return "[\\s\\S]*";
    const isOpen = line.endsWith("…");
    const text = (isOpen ? line.slice(0, -1) : line).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    return isOpen ? `${text}[^\\n]*` : text;
  });
  return new RegExp(`^${lines.join("\\n")}$`);
}

/** Runs a command in a shell. @returns its whole output */
export function runStep(command: string, cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile("sh", ["-c", command], { cwd, timeout: 240_000 }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`.trimEnd()),
    );
  });
}
