import { WIRE_HELP } from "./wire/help.js";

const EXIT_CODES = `Exit codes
  0  conforms: all cases of the declared features passed, or failed as expected
  1  differs: a case failed, crashed or timed out, a required feature is missing, or an expected failure is stale
  2  harness fault: the harness cannot be started, sends an invalid hello, declares an unknown feature, breaks the
     protocol, or keeps crashing. Also used for invalid arguments`;

const FILTERS = `  --filter <filter>          run only matching cases; repeat to add more. A filter is a case id in which * matches
                             any text (num-*), or theme:<name>, feature:<name>, op:<params|topic|parse>
  --vectors <folder>         use the vectors in this folder`;

/** The output of `--help` without a command. */
export const HELP = `topic-conformance: tests an implementation of the topic contract, in any language, byte for byte

Usage
  topic-conformance run [options] -- <command...>    test an implementation
  topic-conformance init <language>                  write a starter harness and a CI workflow
  topic-conformance explain <id>...                  print a case: input, expected bytes, reason
  topic-conformance list [options]                   list the cases
  topic-conformance matrix --out <page> <report...>  combine JSON reports into one HTML page
  topic-conformance self-check [options]             test the harnesses and mutants of this package
  topic-conformance wire server --url <ws url>       test a running server of the protocol
  topic-conformance wire client -- <command...>      test a client of the protocol
  topic-conformance <command> --help                 show the options of a command
  topic-conformance --version                        show the versions of the package and of the vectors

Getting started
  1. Write the starter harness for your language into your repository:  topic-conformance init python
  2. Replace its serializer with your implementation.
  3. Run the cases:            topic-conformance run -- python3 harness.py
  4. Look up a failing case:   topic-conformance explain num-0042

${EXIT_CODES}
`;

/** The output of `<command> --help`. */
export const HELP_OF: ReadonlyMap<string, string> = new Map([
  ["wire", WIRE_HELP],
  [
    "run",
    `topic-conformance run [options] -- <command...>

Starts the harness (without a shell) and sends it each case on stdin, one JSON object per line. The harness replies
on stdout. docs/line-protocol.md describes the messages. If the process crashes or hangs, a new process continues
with the next case.

Options
${FILTERS}
  --expected-failures <file> cases that are known to fail, each with a reason: one entry per line, or a JSON object.
                             An entry that is no longer needed fails the run
  --profile <name>           what to require and judge: routes (topics of routes), python (the bytes of json.dumps;
                             refusals and parsing are only reported), full (everything but values of one language)
  --require-features <list>  features that the harness must declare, separated by commas
  --requirements <version>   the version of the vectors whose cases must pass; failures in later cases are reported as
                             added-after and do not fail the run
  --pipeline <n>             send this many cases before reading their results, default 1
  --timeout-ms <n>           time limit for one case, default 5000
  --total-timeout-ms <n>     time limit for all cases, default 600000; 0 = none
  --hello-timeout-ms <n>     time limit from start to hello, default 10000; increase it if the command compiles first
  --give-up-after <n>        abort after this many crashes, timeouts or invalid lines if they are a quarter of the
                             cases so far, default 20; 0 = never
  --fuzz <n>                 compare n random values with @trading/topic instead of running the cases, and print the
                             smallest one that differs as a case. Fast if the harness declares the feature batch
  --seed <n>                 the seed of the random values, default random
  --watch <path>             run again after each change in this file or folder
  --report-json <file>       write a complete report as JSON
  --report-junit <file>      write a JUnit report for CI
  --report-html <file>       write a self-contained HTML page
  --report-badge <file>      write the verdict as an SVG badge

Examples
  topic-conformance run --profile full -- ./harness
  topic-conformance run --fuzz 1000000 -- ./harness
  topic-conformance run -- python3 harness.py
  topic-conformance run --filter 'num-*' --filter feature:float -- ./harness
  topic-conformance run --expected-failures known.txt --report-junit reports/topics.xml -- node harness.mjs
  topic-conformance run --hello-timeout-ms 120000 -- go run -C my/harness .

Format of the expected-failures file
  # id (* matches any text), then the reason
  num-0042   writes 1 for 1.0, fixed in 2.3
  float-*    exponents follow in 2.4

${EXIT_CODES}
`,
  ],
  [
    "init",
    `topic-conformance init <language> [options]

Writes the starter harness of a language into the current folder, and a GitHub workflow that runs it. The starter conforms:
run it once, then replace its serializer with your implementation. Files that exist are never overwritten.

Languages
  python, node, go, rust, java, cpp, csharp, kotlin, swift

Options
  --out <folder>             the folder for the harness, default conformance
  --root <folder>            the root of the repository, default the current folder

Example
  topic-conformance init rust
`,
  ],
  [
    "explain",
    `topic-conformance explain <id>...

Prints cases in full: the reason, the source of the rule, the required features, the tagged input (docs/vectors.md
describes the tags), and the expected text with its bytes in hex, or the expected error code.

Options
  --vectors <folder>         use the vectors in this folder

Example
  topic-conformance explain num-0042
`,
  ],
  [
    "list",
    `topic-conformance list [options]

Lists the cases, one per line: id, op, features, reason.

Options
${FILTERS}
  --themes                   list the themes instead, with the number of cases
  --json                     print each case as a line of JSON

Examples
  topic-conformance list --themes
  topic-conformance list --filter feature:lone-surrogate
  topic-conformance list --json --filter 'op:parse' > parse-cases.jsonl
`,
  ],
  [
    "matrix",
    `topic-conformance matrix --out <page.html> <report.json...>

Combines reports of \`run --report-json\` into one self-contained HTML page: a column for each implementation, a row
for each theme and feature, and the failed cases. Reports of \`wire --report-json\` are combined the same way.

Example
  topic-conformance run --report-json go.json -- ./go-harness
  topic-conformance run --report-json python.json -- python3 harness.py
  topic-conformance matrix --out matrix.html go.json python.json
`,
  ],
  [
    "self-check",
    `topic-conformance self-check [options]

Tests this package itself. The starter harnesses must conform, the legacy algorithm must differ, and the vectors must
kill every mutant (a copy of the serializer with one deliberate bug). A harness whose language is not installed is
skipped; with CI=true that is an error.

Options
  --report-html <file>       write an HTML page that compares the harnesses
  --timeout-ms <n>           time limit for one case, default 5000; increase it on a busy machine

Example
  topic-conformance self-check --report-html reports/conformance.html

Exit codes
  0  all verdicts are as expected and all mutants are killed
  1  a harness has an unexpected verdict, or a mutant survived
  2  a harness could not be run
`,
  ],
]);
