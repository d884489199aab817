/**
 * Marks the message of an error. In the builds for the condition `production`, a number and the values replace it; the number
 * stands in docs/errors.md, which is generated from the marked messages. Text that an application shows to people, such as the
 * reason of a state, is not marked.
 */
export function text(sentence: TemplateStringsArray, ...values: readonly unknown[]): string {
  // `String.raw` joins what it is given as raw: here, the strings with their escapes resolved.
  return String.raw({ raw: sentence }, ...values);
}
