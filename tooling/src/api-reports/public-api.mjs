import { dirname, resolve } from "node:path";
import ts from "typescript";

/**
 * The exports of an entry, as declarations without comments.
 *
 * @typedef {object} PublicApi
 * @property {string[]} exports the declarations that it exports, and the names that it exports from other packages
 * @property {string[]} others the declarations that these refer to and that no entry of the package exports
 */

const printer = ts.createPrinter({ removeComments: true });

/**
 * Only the package's own files are read: types of other packages and of the platform stay names, which need no declarations.
 *
 * @type {ts.CompilerOptions}
 */
const OPTIONS = { noLib: true, types: [], noEmit: true, target: ts.ScriptTarget.ESNext };

/**
 * Reads the built declarations of the entries of one package.
 *
 * @param {readonly string[]} files absolute paths of `.d.ts` files
 * @returns {PublicApi[]} in the same order
 */
export function readPublicApis(files) {
  const host = ts.createCompilerHost(OPTIONS);
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) => ({
      resolvedModule: text.startsWith(".")
        ? { resolvedFileName: resolve(dirname(from), text.replace(/\.js$/, ".d.ts")), extension: ts.Extension.Dts }
        : undefined,
    }));
  const program = ts.createProgram(files, OPTIONS, host);
  const checker = program.getTypeChecker();
  const entries = files.map((file) => {
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`${file} does not exist: run \`npm run build\`.`);
    return exportsOf(checker, source);
  });
  const known = new Set(entries.flatMap(({ symbols }) => symbols));
  return entries.map(({ symbols, texts }) => ({
    exports: sorted(texts),
    others: sorted(declarationsOf(referencesOf(checker, symbols, known))),
  }));
}

/**
 * Returns what a module exports: the symbols that the package declares, and the texts of all.
 *
 * @param {ts.TypeChecker} checker
 * @param {ts.SourceFile} source
 */
function exportsOf(checker, source) {
  const module = checker.getSymbolAtLocation(source);
  /** @type {ts.Symbol[]} */
  const symbols = [];
  /** @type {string[]} */
  const texts = [];
  for (const symbol of module === undefined ? [] : checker.getExportsOfModule(module)) {
    const target = resolved(checker, symbol);
    if (isForeign(target)) {
      texts.push(exportFrom(symbol));
      continue;
    }
    symbols.push(target);
    const isRenamed = target.name !== symbol.name;
    if (isRenamed) texts.push(`export { ${target.name} as ${symbol.name} };`);
    texts.push(...declarationsOf([target]).map((text) => (isRenamed ? text : `export ${text}`)));
  }
  return { symbols, texts };
}

/**
 * Returns the symbols of the package to which declarations refer, directly or through others, except those of `known`.
 *
 * @param {ts.TypeChecker} checker
 * @param {readonly ts.Symbol[]} symbols
 * @param {ReadonlySet<ts.Symbol>} known
 */
function referencesOf(checker, symbols, known) {
  /** @type {Set<ts.Symbol>} */
  const found = new Set();
  const visit = (/** @type {ts.Node} */ node) => {
    const symbol = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    const target = symbol && resolved(checker, symbol);
    if (target !== undefined && !isForeign(target) && isTopLevel(target) && !known.has(target)) found.add(target);
    ts.forEachChild(node, visit);
  };
  for (const symbol of symbols) statementsOf(symbol).forEach(visit);
  // The set grows while it is read.
  for (const symbol of found) statementsOf(symbol).forEach(visit);
  return [...found];
}

/** Returns the declared symbol. An export of another package stays an alias, because its declarations are not read. @param {ts.TypeChecker} checker @param {ts.Symbol} symbol */
function resolved(checker, symbol) {
  if (!(symbol.flags & ts.SymbolFlags.Alias)) return symbol;
  const target = checker.getAliasedSymbol(symbol);
  return target.declarations === undefined ? symbol : target;
}

/** Whether a symbol is declared in another package. @param {ts.Symbol} symbol */
function isForeign({ flags, declarations }) {
  return (flags & ts.SymbolFlags.Alias) !== 0 || declarations === undefined;
}

/** @param {ts.Symbol} symbol */
function isTopLevel(symbol) {
  return statementsOf(symbol).some((statement) => statement.parent !== undefined && ts.isSourceFile(statement.parent));
}

/** @param {readonly ts.Symbol[]} symbols */
function declarationsOf(symbols) {
  return symbols.flatMap(statementsOf).map(textOf);
}

/** @param {ts.Symbol} symbol */
function statementsOf({ declarations = [] }) {
  return declarations.map(statementOf);
}

/** Returns the node that has the text of a declaration: a variable's statement. @param {ts.Node} declaration */
function statementOf(declaration) {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

/** @param {ts.Node} statement */
function textOf(statement) {
  const text = printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile());
  return text
    .replace(/^(export |default |declare )+/, "")
    .replace(/^( {4})+/gm, (space) => " ".repeat(space.length / 2));
}

/** Returns the export of another package's name. @param {ts.Symbol} symbol */
function exportFrom(symbol) {
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined || !ts.isExportSpecifier(declaration)) {
    throw new Error(`The export ${symbol.name} has a form that API reports do not support: ${declaration?.getText()}`);
  }
  const from = declaration.parent.parent.moduleSpecifier?.getText();
  return `export { ${declaration.getText().replace(/^type /, "")} }${from === undefined ? "" : ` from ${from}`};`;
}

/** Returns texts in an order that does not depend on the order of files. @param {readonly string[]} texts */
function sorted(texts) {
  const keyOf = (/** @type {string} */ text) =>
    text.replace(/^(export |abstract |class |const |function |interface |type |namespace |enum |\{ )+/, "");
  // By code units, because the order of a language depends on the machine.
  return [...new Set(texts)].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}
