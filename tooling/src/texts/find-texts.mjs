import ts from "typescript";

/**
 * An error's message that is marked with the tag `text`.
 *
 * @typedef {object} Text
 * @property {string} sentence with the names of its values in braces: `No reply to {name}`
 * @property {string | undefined} code the code of its error, if it is a literal
 * @property {number} start its place in the source
 * @property {number} end
 * @property {readonly string[]} values the expressions of its values
 */

/** Finds the templates with the tag `text` in a source file. @param {string} source @returns {Text[]} */
export function findTexts(source) {
  /** @type {Text[]} */
  const texts = [];
  if (!source.includes("text`")) return texts;
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === "text") {
      const { template } = node;
      const spans = ts.isTemplateExpression(template) ? template.templateSpans : [];
      const head = ts.isTemplateExpression(template) ? template.head.text : template.text;
      const tail = spans.map(({ expression, literal }) => `{${nameOf(expression.getText())}}${literal.text}`);
      texts.push({
        sentence: head + tail.join(""),
        code: codeOf(node),
        start: node.getStart(),
        end: node.end,
        values: spans.map(({ expression }) => expression.getText()),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.tsx", source, ts.ScriptTarget.ESNext, true));
  return texts;
}

/** Replaces each marked message by its number and values. @param {string} source @param {ReadonlyMap<string, number>} numbers */
export function withNumbers(source, numbers) {
  let replaced = source;
  // From the end, so that the places of the others stay valid. The number of lines stays too, for source maps.
  for (const { sentence, start, end, values } of findTexts(source).reverse()) {
    const number = numbers.get(sentence);
    if (number === undefined) throw new Error(`No number for the message "${sentence}": run \`npm run generate\``);
    replaced = `${replaced.slice(0, start)}text(${[number, ...values].join(", ")})${replaced.slice(end)}`;
  }
  return replaced;
}

/** Returns the last name of an expression: `id` of `queue.id`. @param {string} expression */
function nameOf(expression) {
  return /\w+$/.exec(expression)?.[0] ?? "value";
}

/** Returns the code of the error that a text is the message of, directly or as the variable `message`. @param {ts.Node} text */
function codeOf(text) {
  for (let node = text.parent; node && !ts.isBlock(node); node = node.parent) {
    if (ts.isCallExpression(node) && node.expression.getText() === "invalid") return "invalid_message";
    if (ts.isNewExpression(node)) return /\(\s*"(\w+)"/.exec(node.getText())?.[1];
    if (ts.isVariableStatement(node)) return /new ClientError\("(\w+)", message\b/.exec(node.parent.getText())?.[1];
  }
  return undefined;
}
