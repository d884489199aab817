const EXIT_CODES = `Exit codes
  0  conforms to all that it declares
  1  differs: a case failed, crashed or timed out, or an expected failure is stale
  2  the harness is at fault (it cannot be started, introduces itself wrongly, keeps crashing
     or breaking the protocol), or this command was called wrongly`;

const FILTERS = `  --filter <which>           only these cases; may be given several times. An id with * for any text
                             (num-*), or theme:<name>, feature:<name>, op:<params|topic|parse>
  --vectors <folder>         other vectors than this package's`;

/** What `--help` alone prints. */
export const HELP = `topic-conformance: checks an implementation of the topic contract, in any language, byte for byte

Usage
  topic-conformance run [options] -- <command...>    drive an implementation through the cases
  topic-conformance explain <id>...                  print a case in full: input, bytes, reason
  topic-conformance list [options]                   print the cases there are
  topic-conformance matrix --out <page> <report...>  join JSON reports into one HTML page
  topic-conformance self-check [options]             run the kit against its own harnesses and mutants
  topic-conformance <command> --help                 more on one of them

First steps
  1. Copy the starter harness of your language from harnesses/ in this package.
  2. Put your implementation in the place of its serializer.
  3. topic-conformance run -- python3 harness.py
  4. topic-conformance explain <id>   for each case that fails

${EXIT_CODES}
`;

/** What `<command> --help` prints. */
export const HELP_OF: ReadonlyMap<string, string> = new Map([
  [
    "run",
    `topic-conformance run [options] -- <command...>

Starts the command (without a shell), and asks it each case over its stdin and stdout, one JSON object a line;
docs/line-protocol.md describes them. A process that crashes or hangs is started again and the run goes on.

Options
${FILTERS}
  --expected-failures <file> cases that are known to fail, each with a reason: a line an entry, or a JSON object.
                             An entry that is no longer needed fails the run
  --timeout-ms <n>           for one answer, default 5000
  --hello-timeout-ms <n>     from the start to the hello, default 10000; raise it for a command that compiles first
  --give-up-after <n>        crashes, timeouts or invalid lines in a row, default 20; 0 = never
  --report-json <file>       everything, for programs
  --report-junit <file>      for CI
  --report-html <file>       one page, for people

Examples
  topic-conformance run -- python3 harness.py
  topic-conformance run --filter 'num-*' --filter feature:float -- ./harness
  topic-conformance run --expected-failures known.txt --report-junit reports/topics.xml -- node harness.mjs
  topic-conformance run --hello-timeout-ms 120000 -- go run -C my/harness .

An expected-failures file
  # id or wildcard, then the reason
  num-0042   writes 1 for 1.0, fixed in 2.3
  floats-*   exponents come with 2.4

${EXIT_CODES}
`,
  ],
  [
    "explain",
    `topic-conformance explain <id>...

Prints cases in full: the tagged input (docs/vectors.md lists the tags), the expected text and its bytes in hex,
why it must be so, where the rule stands, and the features that an implementation must declare to be asked.

Example
  topic-conformance explain num-0042
`,
  ],
  [
    "list",
    `topic-conformance list [options]

Prints a line a case: id, op, features, reason.

Options
${FILTERS}
  --themes                   a line a theme instead, with the number of its cases
  --json                     the cases as they are, a line each

Examples
  topic-conformance list --themes
  topic-conformance list --filter feature:lone-surrogate
  topic-conformance list --json --filter 'op:parse' > parse-cases.jsonl
`,
  ],
  [
    "matrix",
    `topic-conformance matrix --out <page.html> <report.json...>

Joins reports that \`run --report-json\` wrote into one self-contained page: implementations across, themes and
features down, and every case that differs.

Example
  topic-conformance run --report-json go.json -- ./go-harness
  topic-conformance run --report-json python.json -- python3 harness.py
  topic-conformance matrix --out matrix.html go.json python.json
`,
  ],
  [
    "self-check",
    `topic-conformance self-check [options]

Checks the kit itself: every starter harness that can run here must conform, the origin's own algorithm must be
found to differ, and every mutant (a copy of the serializer with one planted bug) must be killed by the vectors.
A language that is not installed is skipped and said; with CI=true that is an error.

Options
  --report-html <file>       the harnesses side by side

Example
  topic-conformance self-check --report-html reports/conformance.html

Exit codes
  0  all is as it must be
  1  a harness differs, the origin's algorithm passes, or a mutant survives
  2  a harness could not be run
`,
  ],
]);
