import ts from "typescript";

/**
 * Finds what makes a mutant worthless: syntax errors and names that do not exist. Its tests would fail however weak they
 * are. Other type errors are accepted: a mutant may well violate a type, and the code still runs.
 */
export class NameChecker {
  /** @type {Map<string, { version: number, text: string }>} */
  #mutated = new Map();
  #version = 0;
  #service;

  /** @param {string} tsconfig its path */
  constructor(tsconfig) {
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
    const texts = this.#mutated;
    this.#service = ts.createLanguageService({
      ...ts.sys,
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      getCompilationSettings: () => config.options,
      getScriptFileNames: () => [...new Set([...config.fileNames, ...texts.keys()])],
      getScriptVersion: (file) => String(texts.get(file)?.version ?? 0),
      getScriptSnapshot: (file) => {
        const text = texts.get(file)?.text ?? ts.sys.readFile(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getDefaultLibFileName: ts.getDefaultLibFilePath,
    });
  }

  /**
   * @param {string} file its absolute path
   * @param {string} text the mutated source
   * @returns {string | undefined} the first problem
   */
  problem(file, text) {
    this.#mutated.set(file, { version: ++this.#version, text });
    const checker = this.#service.getProgram()?.getTypeChecker();
    const [first] = [
      ...this.#service.getSyntacticDiagnostics(file),
      ...this.#service
        .getSemanticDiagnostics(file)
        .filter((problem) => isUnknownName(problem) && !(checker && isInUnion(problem, checker))),
    ];
    this.#mutated.delete(file);
    return first && ts.flattenDiagnosticMessageText(first.messageText, " ");
  }
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
