/**
 * The outcome of an audit: whether it passed, and a line for people.
 *
 * @typedef {{ readonly status: "passed" | "failed" | "skipped", readonly line: string }} AuditResult
 */

/** The severities that fail the check; others are counted. */
const FAILING = ["high", "critical"];

/**
 * Reads the output of `pnpm audit --prod --json`. A registry without advisories is no result: the audit is skipped.
 *
 * @param {string} output
 * @returns {AuditResult}
 */
export function readAudit(output) {
  /** @type {{ error?: { code: string, message: string }, advisories?: Record<string, Advisory>, metadata?: object }} */
  let report;
  try {
    report = JSON.parse(output);
  } catch {
    return { status: "skipped", line: `pnpm audit printed no JSON: ${JSON.stringify(output.slice(0, 200))}` };
  }
  const { error, advisories } = report;
  if (error !== undefined || advisories === undefined) {
    return { status: "skipped", line: `the registry has no advisories (${error?.code ?? "no list in its reply"})` };
  }
  const found = Object.values(advisories);
  const failing = found.filter(({ severity }) => FAILING.includes(severity));
  if (failing.length === 0) {
    return { status: "passed", line: `${found.length} advisories, none ${FAILING.join(" or ")}` };
  }
  const lines = failing.map(
    ({ severity, module_name, title, url }) => `${severity}: ${module_name}: ${title} (${url})`,
  );
  return {
    status: "failed",
    line: `${failing.length} of ${found.length} advisories must be fixed:\n${lines.join("\n")}`,
  };
}

/**
 * @typedef {{ readonly severity: string, readonly module_name: string, readonly title: string, readonly url: string }} Advisory
 */
