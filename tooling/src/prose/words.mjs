/**
 * The words that documents, comments and texts of this repository do not use, with what to write instead. Only phrases
 * that are unambiguous belong here: a legitimate use of a word should not need an exception.
 *
 * @type {readonly { readonly find: RegExp, readonly instead: string }[]}
 */
export const WORDS = [
  { find: /\btold\b(?! apart)/i, instead: "notified, sent, reported, informed" },
  { find: /\btells?\b(?! apart)/i, instead: "notifies, sends, reports, returns" },
  { find: /\banew\b/i, instead: "again" },
  { find: /\bnobody\b/i, instead: "no one; no subscriber, no listener, no client" },
  { find: /\bwhoever\b/i, instead: "any caller, any client" },
  { find: /\bwhom\b/i, instead: "the user, the principal, the account" },
  { find: /\basked for\b/i, instead: "requested" },
  { find: /\b(fault|error)s? of ours\b/i, instead: "internal error" },
  { find: /\bours\b/i, instead: "this project's; the reference server's" },
  { find: /\bh(as|ave|ad) gone\b/i, instead: "closed, disconnected, was removed" },
  { find: /\b(is|are|was) over\b(?=\s*([.,;:)]|$))/im, instead: "ended" },
  { find: /\bas (it|they) stands?\b/i, instead: "current, unchanged" },
  { find: /\bhow (\w+ )?\w+ stands\b/i, instead: "the state of …" },
  { find: /\bgives? (a|the|its|that) (topic|subscription)s? up\b/i, instead: "ends the topic" },
  { find: /\bspared\b/i, instead: "conflated, skipped" },
  { find: /\bbeside\b/i, instead: "next to, in addition to" },
  { find: /\bof (its|their|one's|his) own\b/i, instead: "its own …, a separate …" },
  { find: /\bso long\b/i, instead: "while, as long" },
  { find: /\bso many\b/i, instead: "this many; the number of" },
  { find: /\bat once\b/i, instead: "immediately; at the same time" },
  { find: /\blets? go of\b/i, instead: "releases" },
  { find: /\bholds? (a|the|its|no|that|this) (topic|subscription)s?\b/i, instead: "is subscribed to the topic" },
  { find: /\bheld (topic|subscription)s?\b/i, instead: "subscribed topic" },
  { find: /\bfor ever\b/i, instead: "forever" },
  { find: /\b(is|are|be|was|were) had\b/i, instead: "obtained, available" },
  { find: /\bthe origin's\b/i, instead: "the legacy system's" },
  { find: /\bedge dialects?\b/i, instead: "legacy dialect" },
  { find: /\bquarantin\w*/i, instead: "suspect subscriptions" },
  { find: /\bpassed over\b/i, instead: "ignored, skipped" },
  { find: /\btaken for\b/i, instead: "treated as, mistaken for" },
  { find: /\btaken apart\b/i, instead: "parsed, split" },
  { find: /\bmakes? good\b/i, instead: "recovers, corrects" },
  { find: /\bkill tables?\b/i, instead: "mutation test" },
];

/**
 * Docstrings of functions begin with a verb ("Returns …"), those of types and fields with a noun phrase ("The …").
 */
export const DOCSTRING_START = {
  find: /^(What|Who|Whom|Whose|Where|How|Why|Those|That)\b/,
  instead: 'a verb ("Returns …") or a noun phrase ("The …")',
};

/**
 * Files that are not checked. Single lines are excepted in the file itself: a comment with `prose-ok: <reason>` on the
 * line or on the one above it.
 *
 * @type {readonly { readonly files: RegExp, readonly reason: string }[]}
 */
export const EXCEPTIONS = [
  { files: /^\.changeset\//, reason: "lists old names" },
  { files: /^docs\/(asyncapi|openapi)\//, reason: "generated; checked where the text comes from" },
  { files: /^packages\/[^/]+\/etc\//, reason: "generated from declarations, which are checked" },
  { files: /\/(vectors|golden|generated)\/|\.generated\.ts$/, reason: "data and generated files" },
  { files: /^tooling\/gen\/.*\{/, reason: "templates, checked by what they generate" },
  { files: /^tooling\/test\/prose\.test\.ts$/, reason: "contains forbidden words to find" },
  { files: /^tooling\/acceptance\/test\/legacy-snippets\.md$/, reason: "quotes the legacy system" },
];
