// Mutation testing: how to add a mutant.
//
// 1. Mark the place in the source code. A line comment marks the statement, class member or property on the next line:
//        // mutant: report-gap
//    A block comment marks the expression after it, up to the next `&&`, `||`, `??`, `?` or closing bracket:
//        if (/* mutant: is-newer */ offset > last && isOpen) return;
// 2. Add a row to the package's table: { name: "a gap is not reported", mark: "report-gap", edit: "remove" }.
//    `name` says what the mutant does wrong. `edit` is one of the edits below; prefer one that names no identifiers,
//    because it survives a renaming. Several mutants can use one mark. Unused, unknown and repeated marks are errors.
// 3. Run the table: `npm test -- mutants`. At least one test must fail because of each mutant ("killed"). A mutant that
//    survived shows that a test is missing. An invalid mutant (unknown names, a file that does not load, no test that
//    passes) says nothing about the tests and must be corrected.

import ts from "typescript";

/**
 * The change that makes a mutant out of the marked code:
 * - `"remove"`: deletes the marked statement, member, property, argument, or operand with its operator.
 * - `"always"`, `"never"`, `"negate"`: replaces the condition of the marked `if`, loop or `return`, or the marked
 *   expression, by `true` or `false`, or negates it.
 * - `"unwrap"`: replaces a `try`, an `if` or a call by its first block: that of the `try`, the branch, the callback.
 * - `"defer"`: runs the marked statement in a later turn of the event loop.
 * - `{ argument }`: replaces the marked call by its argument of this index.
 * - `{ moveBefore }`: moves the marked statement in front of the code marked with this name.
 * - `{ replace: [from, to] }`: replaces a text that occurs exactly once in the marked code.
 * - `{ with }`: replaces all of the marked code.
 *
 * @typedef {"remove" | "always" | "never" | "negate" | "unwrap" | "defer" | { readonly argument: number }
 *   | { readonly moveBefore: string } | { readonly replace: readonly [from: string, to: string] }
 *   | { readonly with: string }} Edit
 */

/**
 * A deliberate bug in a copy of the source code, which the tests must detect.
 *
 * @typedef {object} Mutant
 * @property {string} name what it does wrong
 * @property {string} mark the name in the `mutant:` comment of the code that it changes
 * @property {Edit} edit
 * @property {readonly { readonly mark: string, readonly edit: Edit }[]} [also] further changes, in the same file
 * @property {string} [test] the only test file that runs, for a bug that other files take long not to find; by default all
 * @property {true} [isLegacy] the legacy system has this bug
 */

/** @typedef {{ readonly start: number, readonly end: number, readonly text: string }} Replacement */

/** A parsed source file and its marks. */
export class MarkedSource {
  /** @type {Map<string, ts.Node>} */
  #nodes = new Map();

  /**
   * @param {string} file the path, for error messages and to recognize JSX
   * @param {string} text
   * @throws {Error} for a mark that is used twice, or that stands in front of nothing
   */
  constructor(file, text) {
    this.file = file;
    this.text = text;
    this.source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    for (const name of namesIn(text)) {
      if (this.#nodes.has(name)) throw new Error(`${file}: the mark "${name}" occurs twice`);
      const node = find(this.source, text, name);
      if (node === undefined) throw new Error(`${file}: the mark "${name}" is not in front of code`);
      this.#nodes.set(name, node);
    }
  }

  /** The names of all marks. */
  get marks() {
    return [...this.#nodes.keys()];
  }

  /**
   * Returns the replacements that turn the source into a mutant, in the order of their positions.
   *
   * @param {Mutant} mutant
   * @returns {Replacement[]}
   * @throws {Error} when an edit does not fit the marked code
   */
  replacements({ name, mark, edit, also = [] }) {
    const fail = (/** @type {string} */ problem) => new Error(`mutant "${name}" (${this.file}): ${problem}`);
    return [{ mark, edit }, ...also]
      .flatMap((change) => this.#change(change, fail))
      .sort((one, other) => one.start - other.start);
  }

  /**
   * @param {{ readonly mark: string, readonly edit: Edit }} change
   * @param {(problem: string) => Error} fail
   * @returns {Replacement[]}
   */
  #change({ mark, edit }, fail) {
    const node = this.#nodes.get(mark);
    if (node === undefined) throw fail(`no mark "${mark}"`);
    if (edit === "remove") return [removal(node)];
    if (edit === "unwrap") {
      const block = firstBlock(node);
      if (block === undefined) throw fail(`the code marked "${mark}" has no block to unwrap`);
      return [replace(node, block.getText())];
    }
    if (edit === "defer") return [replace(node, `setImmediate(() => {\n${node.getText()}\n});`)];
    if (typeof edit === "string") {
      const condition = conditionOf(node);
      if (condition === undefined) throw fail(`the code marked "${mark}" has no condition`);
      return [replace(condition, { always: "true", never: "false", negate: `!(${condition.getText()})` }[edit])];
    }
    if ("argument" in edit) {
      const call = ts.isExpressionStatement(node) ? node.expression : node;
      const argument = ts.isCallExpression(call) ? call.arguments[edit.argument] : undefined;
      if (argument === undefined) throw fail(`the code marked "${mark}" is not a call with argument ${edit.argument}`);
      return [replace(call, argument.getText())];
    }
    if ("moveBefore" in edit) {
      const target = this.#nodes.get(edit.moveBefore);
      if (target === undefined) throw fail(`no mark "${edit.moveBefore}" in the same file`);
      const insertion = { start: target.getStart(), end: target.getStart(), text: `${node.getText()}\n` };
      return [insertion, removal(node)];
    }
    if ("with" in edit) return [replace(node, edit.with)];
    const [from, to] = edit.replace;
    const [before = "", ...after] = node.getText().split(from);
    if (after.length !== 1)
      throw fail(`the code marked "${mark}" contains ${JSON.stringify(from)} ${after.length} times`);
    const start = node.getStart() + before.length;
    return [{ start, end: start + from.length, text: to }];
  }
}

/**
 * Finds the source of each mutant.
 *
 * @template {Mutant} M
 * @param {readonly M[]} mutants
 * @param {readonly MarkedSource[]} sources
 * @returns {{ mutant: M, source: MarkedSource, replacements: Replacement[] }[]} in the order of the mutants
 * @throws {Error} for a mutant without a mark, a mark in two sources, and a mark without a mutant
 */
export function planMutants(mutants, sources) {
  const plan = mutants.map((mutant) => {
    const [source, ...more] = sources.filter(({ marks }) => marks.includes(mutant.mark));
    if (source === undefined) throw new Error(`mutant "${mutant.name}": no source has the mark "${mutant.mark}"`);
    if (more.length > 0) throw new Error(`the mark "${mutant.mark}" is in both ${source.file} and ${more[0]?.file}`);
    return { mutant, source, replacements: source.replacements(mutant) };
  });
  const changes = mutants.flatMap(({ mark, edit, also = [] }) => [{ mark, edit }, ...also]);
  const used = new Set(changes.flatMap(({ mark, edit }) => [mark, Object(edit).moveBefore]));
  const unused = sources.flatMap(({ marks }) => marks).filter((mark) => !used.has(mark));
  if (unused.length > 0) throw new Error(`marks without a mutant: ${unused.join(", ")}`);
  return plan;
}

/** Applies replacements, given in the order of their positions. @param {string} text @param {Replacement[]} replacements */
export function applyReplacements(text, replacements) {
  return replacements.reduceRight(
    (result, { start, end, text: by }) => result.slice(0, start) + by + result.slice(end),
    text,
  );
}

/** A line comment must be alone on its line: after code it would mark the next statement. */
const MARK = /^[ \t]*\/\/ mutant: ([a-z0-9-]+)$|\/\* mutant: ([a-z0-9-]+) \*\//gm;

/** @param {string} text */
function namesIn(text) {
  return [...text.matchAll(MARK)].map(([, line, block]) => line ?? block ?? "");
}

/**
 * Returns the outermost node behind a mark, except that a chain of `&&`, `||` or `??` and a ternary give way to their
 * first operand: marking the whole chain is rarely wanted, and parentheses do that.
 *
 * @param {ts.Node} node
 * @param {string} text
 * @param {string} name
 * @returns {ts.Node | undefined}
 */
function find(node, text, name) {
  const isMarked = namesIn(text.slice(node.pos, node.getStart())).includes(name);
  if (isMarked && !ts.isSourceFile(node) && node.kind !== ts.SyntaxKind.EndOfFileToken && !isChain(node)) return node;
  return ts.forEachChild(node, (child) => find(child, text, name));
}

const LOGICAL = [ts.SyntaxKind.AmpersandAmpersandToken, ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken];

/** @param {ts.Node} node */
function isChain(node) {
  return ts.isConditionalExpression(node) || (ts.isBinaryExpression(node) && LOGICAL.includes(node.operatorToken.kind));
}

/** @param {ts.Node} node @param {string} text @returns {Replacement} */
function replace(node, text) {
  return { start: node.getStart(), end: node.end, text };
}

/** @param {ts.Node} node @returns {Replacement} */
function removal(node) {
  const { parent } = node;
  if (ts.isBinaryExpression(parent))
    return replace(parent, (parent.left === node ? parent.right : parent.left).getText());
  const isBody = ts.isIfStatement(parent) || ts.isIterationStatement(parent, false);
  if (isBody || ts.isStatement(node) || ts.isClassElement(node)) return replace(node, isBody ? ";" : "");
  // An element of a list, with the comma after it or else the one before it.
  const text = node.getSourceFile().text;
  const after = /^\s*,/.exec(text.slice(node.end));
  if (after) return { start: node.getStart(), end: node.end + after[0].length, text: "" };
  const before = /,\s*$/.exec(text.slice(0, node.pos));
  return { start: before ? before.index : node.getStart(), end: node.end, text: "" };
}

/** @param {ts.Node} node @returns {ts.Expression | undefined} */
function conditionOf(node) {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return node.expression;
  if (ts.isForStatement(node)) return node.condition;
  if (ts.isReturnStatement(node)) return node.expression;
  return ts.isExpression(node) ? node : undefined;
}

/** @param {ts.Node} node @returns {ts.Node | undefined} */
function firstBlock(node) {
  if (ts.isTryStatement(node)) return node.tryBlock;
  if (ts.isIfStatement(node)) return node.thenStatement;
  const call = ts.isExpressionStatement(node) ? node.expression : node;
  if (!ts.isCallExpression(call)) return undefined;
  for (const argument of call.arguments) {
    if ((ts.isArrowFunction(argument) || ts.isFunctionExpression(argument)) && ts.isBlock(argument.body)) {
      return argument.body;
    }
  }
  return undefined;
}
