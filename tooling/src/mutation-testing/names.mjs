import { parse } from "node:path";
import ts from "typescript";

/** @typedef {import("./marks.mjs").Replacement} Replacement */

/**
 * A mutated source file: its absolute path, its text, and the replacements that made it out of the original. Without these, all of it is
 * checked.
 *
 * @typedef {{ readonly file: string, readonly text: string, readonly replacements?: readonly Replacement[] }} Mutated
 */

/**
 * Finds what makes a mutant worthless: syntax errors and names that do not exist. Its tests would fail however weak they
 * are. Other type errors are accepted: a mutant may well violate a type, and the code still runs.
 *
 * All mutants are files of one program, each next to its source, because a program for each would read all types again.
 *
 * @param {string} tsconfig its path
 * @param {readonly Mutated[]} mutants
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
  return paths.map((path, index) => {
    const source = program.getSourceFile(path);
    if (source === undefined) throw new Error(`${tsconfig} does not allow the file ${path}`);
    const functions = changedFunctions(source, mutants[index]?.replacements ?? []);
    const [first] = [
      ...program.getSyntacticDiagnostics(source),
      ...diagnosticsOf(program, source, functions).filter(
        (problem) => isUnknownName(problem) && !isInUnion(problem, checker),
      ),
    ];
    return first && ts.flattenDiagnosticMessageText(first.messageText, " ");
  });
}

/**
 * The types of a whole file take most of the time, so only the changed functions are checked where that is enough. TypeScript's language
 * server does the same for the visible part of a file, with a parameter that the public type does not have.
 *
 * @param {ts.Program} program @param {ts.SourceFile} source @param {readonly ts.Node[] | undefined} nodes @default the whole file
 * @returns {readonly ts.Diagnostic[]}
 */
function diagnosticsOf(program, source, nodes) {
  return /** @type {any} */ (program).getSemanticDiagnostics(source, undefined, nodes);
}

/**
 * Returns the functions and methods with the replaced code, or undefined if some of it is outside of their bodies: it may have declared
 * a name that others use.
 *
 * @param {ts.SourceFile} source of the mutant @param {readonly Replacement[]} replacements in the order of their positions
 */
function changedFunctions(source, replacements) {
  let moved = 0;
  const functions = replacements.map(({ start, end, text }) => {
    const from = start + moved;
    moved += text.length - (end - start);
    return functionAround(source, from, from + text.length);
  });
  const found = functions.filter((node) => node !== undefined);
  return found.length > 0 && found.length === functions.length ? [...new Set(found)] : undefined;
}

/** @param {ts.Node} node @param {number} start @param {number} end @returns {ts.Node | undefined} */
function functionAround(node, start, end) {
  return ts.forEachChild(node, (child) => {
    if (child.pos > start || child.end < end) return undefined;
    if (ts.isClassDeclaration(child)) return functionAround(child, start, end);
    const isFunction =
      ts.isFunctionDeclaration(child) || ts.isMethodDeclaration(child) || ts.isConstructorDeclaration(child);
    const { body } = isFunction || ts.isAccessor(child) ? child : {};
    return body && body.getStart() < start && end < body.end ? child : undefined;
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
