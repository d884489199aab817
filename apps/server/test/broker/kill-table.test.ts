import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Bug, killTable } from "../../../../tooling/src/planted-bugs.mjs";

function bug(name: string, file: string, find: string, replace: string): Bug {
  return { name, file: `modules/broker/${file}.ts`, find, replace };
}

/** What a broker could do to those who trust it. */
const BUGS: readonly Bug[] = [
  bug(
    "an order is answered before it is kept",
    "group-commit",
    "    try {\n      if (hasRows(changes)) {",
    "    for (const reply of replies) reply();\n    try {\n      if (hasRows(changes)) {",
  ),
  bug(
    "a fill is told before it is kept",
    "group-commit",
    "    try {\n      if (hasRows(changes)) {",
    "    onCommitted(changes);\n    try {\n      if (hasRows(changes)) {",
  ),
  bug(
    "what is refused is told",
    "group-commit",
    "if (!(await this.#rollBack(jobs, order.id))) return;",
    "await this.#rollBack(jobs, order.id);",
  ),
  bug(
    "what is refused stays in memory",
    "group-commit",
    "this.#engine = this.#options.createEngine(snapshot);",
    "const same = this as { first?: Engine };\n    same.first ??= this.#options.createEngine(snapshot);\n    this.#engine = same.first;",
  ),
  bug("what was kept is refused", "group-commit", "stored.lastCommit === id", "stored.lastCommit === undefined"),
  bug("each command is a commit", "group-commit", "const MAX_BATCH_SIZE = 1_000", "const MAX_BATCH_SIZE = 1"),
  bug(
    "what a fault has left is kept",
    "group-commit",
    "        await this.#rollBack(jobs);\n        return;",
    "        continue;",
  ),
  bug("reading is a commit", "group-commit", "if (hasRows(changes)) {", "if (hasRows(changes) || changes) {"),
  bug(
    "closing forgets what was taken",
    "group-commit",
    "if (this.#isWorking) await",
    "if (this.#isClosing && this.#jobs.length > 1e9) await",
  ),
  bug("an old price is traded at", "market-watches", "bidQty: 0, askQty: 0", ""),
  bug(
    "an order is placed before its price is known",
    "market-watches",
    "      await this.#waitForPrice(symbol);\n",
    "",
  ),
  bug(
    "a market is watched for ever",
    "market-watches",
    "    if (watch?.users.size === 0) this.#stop(symbol, watch);\n",
    "",
  ),
  bug(
    "a market that was lost stays lost",
    "market-watches",
    "const cancel = clock.after(RETRY_MS, () => void this.#run(symbol, watch));",
    "const cancel = () => {};",
  ),
  bug(
    "lost prices are no trouble",
    "market-watches",
    "      this.#setProblem(watch, `There are",
    "      if (signal.aborted) this.#setProblem(watch, `There are",
  ),
  bug(
    "nobody's prices are known after a failure",
    "broker",
    "    for (const top of this.#watches.topsOfBook) this.#applyTopOfBook(top);\n",
    "",
  ),
  bug(
    "nobody is told the state after a failure",
    "broker",
    "          for (const listener of listeners) listener.onState(state);\n",
    "",
  ),
  bug(
    "an account is told of others",
    "broker",
    "this.#listeners.get(accountId) ?? []) listener.onChanges",
    "[...this.#listeners.values()].flatMap((all) => [...all])) listener.onChanges",
  ),
  bug("whoever stops listening is told on", "broker", "      listeners.delete(listener);\n", ""),
  bug(
    "a listener's state is not its changes' beginning",
    "broker",
    "      listener.onState(snapshotOf(engine, accountId, now));\n",
    "      setImmediate(() => listener.onState(snapshotOf(engine, accountId, now)));\n",
  ),
  bug(
    "executions are told of every symbol",
    "streams",
    "symbol === null || execution.symbol === symbol",
    "symbol === null || symbol",
  ),
  bug("an account's state is told without its leverage", "streams", "last = changed ?? last;", ""),
];

test(`${BUGS.length} planted bugs are each caught`, { timeout: 300_000 }, async () => {
  const { rows, failedWithout, passedWithout } = await killTable({
    package: fileURLToPath(new URL("../..", import.meta.url)),
    files: ["broker.test.ts", "streams.test.ts", "harness.ts", "fake-market.ts"].map((file) => `broker/${file}`),
    bugs: BUGS,
  });
  console.log(`kill table\n${rows.join("\n")}`);
  expect(failedWithout).toEqual([]);
  expect(passedWithout).toBeGreaterThan(15);
  expect(rows.filter((row) => row.endsWith("SURVIVED"))).toEqual([]);
});
