import { fromMarkdown } from "mdast-util-from-markdown";
import ts from "typescript";

/**
 * A piece of prose in a file.
 *
 * @typedef {object} Text
 * @property {number} offset
 * @property {string} text
 * @property {"prose" | "docstring"} kind
 */

/** Returns the prose of a file. @param {string} file @param {string} source @returns {Text[]} */
export function textsOf(file, source) {
  if (file.endsWith(".md")) return textsOfMarkdown(source);
  if (file.endsWith(".py")) return textsOfPython(source);
  return textsOfScript(file, source);
}

/**
 * A node of a Markdown document.
 *
 * @typedef {object} MarkdownNode
 * @property {string} type
 * @property {{ start: { offset?: number | undefined }, end: { offset?: number | undefined } } | undefined} [position]
 * @property {MarkdownNode[]} [children]
 */

/** Returns the text outside of code spans, code blocks, HTML and addresses. @param {string} source @returns {Text[]} */
function textsOfMarkdown(source) {
  /** @type {Text[]} */
  const texts = [];
  /** @param {MarkdownNode} node */
  const visit = ({ type, position, children = [] }) => {
    if (type === "text") {
      const offset = position?.start.offset ?? 0;
      texts.push({ offset, text: withoutCode(source.slice(offset, position?.end.offset)), kind: "prose" });
    }
    children.forEach(visit);
  };
  visit(fromMarkdown(source));
  return texts;
}

const PYTHON = /("""|''')([\s\S]*?)\1|"((?:\\.|[^"\\\n])*)"|'((?:\\.|[^'\\\n])*)'|#([^\n]*)/g;

/** Returns comments, docstrings, and strings of several words. @param {string} source @returns {Text[]} */
function textsOfPython(source) {
  return [...source.matchAll(PYTHON)].flatMap((match) => {
    const [all, quotes, docstring, double, single, comment] = match;
    const text = docstring ?? double ?? single ?? comment ?? "";
    const offset = match.index + (quotes?.length ?? 1);
    if (docstring !== undefined) return { offset, text: withoutCode(text), kind: /** @type {const} */ ("docstring") };
    if (comment === undefined && !isProse(text)) return [];
    return all === "" ? [] : { offset, text: withoutCode(text), kind: /** @type {const} */ ("prose") };
  });
}

/** Block comments, and groups of line comments. */
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*(?:\n[ \t]*\/\/[^\n]*)*/g;

/** Returns comments, and literals of several words. @param {string} file @param {string} source @returns {Text[]} */
function textsOfScript(file, source) {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.Latest);
  /** @type {Text[]} */
  const texts = [];
  /** The source without literals, which can contain what looks like a comment. */
  let code = "";
  /** @param {ts.Node} node */
  const visit = (node) => {
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if (isText || ts.isJsxText(node) || ts.isRegularExpressionLiteral(node)) {
      const start = node.getStart(parsed);
      code += source.slice(code.length, start) + " ".repeat(node.end - start);
      if (!ts.isRegularExpressionLiteral(node) && isProse(source.slice(start, node.end)))
        texts.push({ offset: start, text: withoutCode(source.slice(start, node.end)), kind: "prose" });
    }
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  code += source.slice(code.length);
  for (const { 0: comment, index } of code.matchAll(COMMENTS)) {
    const kind = comment.startsWith("/**") ? "docstring" : "prose";
    texts.push({ offset: index, text: withoutCode(comment), kind });
  }
  return texts;
}

/** Whether a literal is text for people: at least three words. @param {string} literal */
function isProse(literal) {
  return /[a-z]+[,;:]? [a-z']+[,;:]? [a-z]+/i.test(literal);
}

/** Blanks code spans, links and addresses, so that offsets stay. @param {string} text */
function withoutCode(text) {
  return text.replace(/`[^`\n]*`|\{@link [^}]*\}|https?:\/\/\S+/g, (code) => " ".repeat(code.length));
}
