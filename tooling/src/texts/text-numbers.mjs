import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findTexts } from "./find-texts.mjs";

const INTRODUCTION = `# Errors

Generated from the sources by \`npm run generate\`.

Builds for production (the export condition \`production\`, which Vite and webpack set by themselves) contain the number of an
error's message and its values instead of the sentence: \`Error 7, maxKnownBytes, -1: see docs/errors.md in @trading/ws-client\`. Here
the values are named in braces, in the order in which the error lists them. The \`code\` of a \`ClientError\` is the same in both builds;
programs should rely on it, not on the message or its number. What a server writes as the reason of a refusal is passed on unchanged.
`;

/**
 * The numbered messages of a package: \`sentences[n - 1]\` has the number n. A number is never given to another sentence.
 *
 * @typedef {readonly string[]} Sentences
 */

/** Returns the numbers by sentence. @param {Sentences} sentences @returns {ReadonlyMap<string, number>} */
export function numbersOf(sentences) {
  return new Map(sentences.map((sentence, at) => [sentence, at + 1]));
}

/** Reads the numbered messages of a package. @param {string} folder @returns {Sentences} */
export function readSentences(folder) {
  return JSON.parse(readFileSync(join(folder, "error-texts.json"), "utf8"));
}

/**
 * Renders the two generated files of a package: its numbered messages, with new ones at the end, and the page about them.
 *
 * @param {string} folder of the package @param {Sentences} before
 */
export function renderTexts(folder, before) {
  const src = join(folder, "src");
  const files = readdirSync(src, { recursive: true }).map(String).sort();
  const texts = files.flatMap((file) => (/\.tsx?$/.test(file) ? findTexts(readFileSync(join(src, file), "utf8")) : []));
  const sentences = [...new Set([...before, ...texts.map(({ sentence }) => sentence)])];
  const sections = sentences.map((sentence, at) => {
    const users = texts.filter((text) => text.sentence === sentence);
    const codes = [...new Set(users.flatMap(({ code }) => (code ? [`\`${code}\``] : [])))].join(", ");
    const facts = users.length === 0 ? "Only in earlier versions." : codes && `Code: ${codes}.`;
    // Otherwise the name of a component is an element of HTML, which the site cannot render.
    return `## Error ${at + 1}\n\n> ${sentence.replaceAll("<", "\\<")}\n${facts && `\n${facts}\n`}`;
  });
  return {
    json: `${JSON.stringify(sentences, null, 2)}\n`,
    page: [INTRODUCTION, ...sections].join("\n"),
  };
}
