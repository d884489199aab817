import { parse } from "node:path";
import ts from "typescript";

/**
 * Finds what makes a mutant worthless: syntax errors and names that do not exist. Its tests would fail however weak they
 * are. Other type errors are accepted: a mutant may well violate a type, and the code still runs.
 *
 * All mutants are files of one program, each next to its source, because a program for each would read all types again.
 *
 * @param {string} tsconfig its path
 * @param {readonly { readonly file: string, readonly text: string }[]} mutants the absolute path and the mutated text
 * @returns {(string | undefined)[]} the first problem of each mutant
 */
export function findProblems(tsconfig, mutants) {
  const config = ts.getParsedCommandLineOfConfigFile(
    tsconfig,
    { noEmit: true },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"));
      },
    },
  );
  if (config === undefined) throw new Error(`${tsconfig} cannot be read`);
  const paths = mutants.map(({ file }, index) => {
    const { dir, name, ext } = parse(file);
    return `${dir}/${name}.mutant-${index}${ext}`;
  });
  const texts = new Map(mutants.map(({ text }, index) => [paths[index], text]));
  const host = ts.createCompilerHost(config.options);
  const { readFile, fileExists } = host;
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  const ambient = config.fileNames.filter((path) => path.endsWith(".d.ts"));
  const program = ts.createProgram([...ambient, ...paths], config.options, host);
  const checker = program.getTypeChecker();
  return paths.map((path) => {
    const source = program.getSourceFile(path);
    if (source === undefined) throw new Error(`${tsconfig} does not allow the file ${path}`);
    const [first] = [
      ...program.getSyntacticDiagnostics(source),
      ...program
        .getSemanticDiagnostics(source)
        .filter((problem) => isUnknownName(problem) && !isInUnion(problem, checker)),
    ];
    return first && ts.flattenDiagnosticMessageText(first.messageText, " ");
  });
}

/** "Cannot find name", "Property does not exist", "No value exists in scope", "used before its declaration". */
const UNKNOWN_NAME = [2304, 2552, 2339, 2551, 2663, 18004, 2448];

/**
 * Returns whether a property that "does not exist" exists in a member of a union: a mutant that removes a check also removes
 * the narrowing of the type.
 *
 * @param {ts.Diagnostic} diagnostic
 * @param {ts.TypeChecker} checker
 */
function isInUnion({ file, start = 0 }, checker) {
  const name = file && nodeAt(file, start);
  if (name === undefined || !ts.isPropertyAccessExpression(name.parent)) return false;
  const type = checker.getTypeAtLocation(name.parent.expression);
  return type.isUnion() && type.types.some((member) => member.getProperty(name.getText()) !== undefined);
}

/** @param {ts.Node} node @param {number} start @returns {ts.Node} the innermost node that starts there */
function nodeAt(node, start) {
  const child = ts.forEachChild(node, (child) => (child.pos <= start && start < child.end ? child : undefined));
  return child ? nodeAt(child, start) : node;
}

/** @param {ts.Diagnostic} diagnostic */
function isUnknownName({ code, messageText }) {
  // A constant condition can narrow a type to never. That is a type error in code that still runs.
  const isUnreachable = ts.flattenDiagnosticMessageText(messageText, " ").includes("on type 'never'");
  return UNKNOWN_NAME.includes(code) && !isUnreachable;
}
