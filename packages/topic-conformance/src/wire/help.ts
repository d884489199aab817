/** The output of `wire --help`. */
export const WIRE_HELP = `topic-conformance wire server --url <ws url> [options]
topic-conformance wire client [options] -- <command...>
topic-conformance wire list

Tests a running server of the protocol of PROTOCOL.md over WebSockets, or is the server of a client. Each scenario tests one
sentence of that document. Features that the server or client does not declare are unsupported, and never count as passed.

The scenarios for servers that need more than request and reply use a control endpoint of the server: one HTTP URL that
publishes updates, issues tokens and starts servers with short intervals. The command for clients is a small program around
the client that speaks a line protocol over stdin and stdout. docs/wire.md describes both.

Options
  --filter <filter>          run only matching scenarios; repeat to add more. A filter is an id in which * matches any
                             text (invalid-*), or tier:<required|session|older>, feature:<name>, section:<heading>
  --expected-failures <file> scenarios that are known to fail, each with a reason, as for "run"
  --timeout-ms <n>           time limit for each frame, close, reply or event, default 5000
  --report-json <file>       write a complete report as JSON, with the frames of every scenario
  --report-junit <file>      write a JUnit report for CI
  --report-html <file>       write a self-contained HTML page; "matrix" combines JSON reports into one
  --report-badge <file>      write the verdict as an SVG badge

Options of "server"
  --url <ws url>             the endpoint of the server, such as ws://127.0.0.1:8000/api/v1/ws
  --control <http url>       its control endpoint, which also declares the features of the server
  --features <list>          the features to test, with commas between them, instead of the declared ones
  --concurrency <n>          number of scenarios at the same time, default 1

Examples
  topic-conformance wire server --url ws://127.0.0.1:8000/api/v1/ws
  topic-conformance wire server --url ws://127.0.0.1:8000/api/v1/ws --control http://127.0.0.1:8000/conformance
  topic-conformance wire server --url ws://127.0.0.1:8000/api/v1/ws --features ids,session --filter tier:session
  topic-conformance wire client -- python3 client.py

Exit codes
  0  conforms: all scenarios of the declared features passed
  1  differs: a scenario failed, or an expected failure is stale
  2  harness fault: the server, its control endpoint or the command cannot be reached. Also used for invalid arguments
`;
