/**
 * Renders the close codes as the Markdown table of PROTOCOL.md.
 *
 * @param {{ readonly [name: string]: import("../../packages/topic/src/close-codes.js").CloseCode }} codes
 */
export function renderCloseCodes(codes) {
  const reconnect = { no: "no", now: "within a second, at random", backoff: "back off" };
  const rows = Object.values(codes).map(
    (row) => `| ${row.code} | ${row.reason} | ${row.seenBy} | ${reconnect[row.reconnect]} | ${row.meaning} |`,
  );
  return `| code | reason | seen by | reconnect | meaning |\n| --- | --- | --- | --- | --- |\n${rows.join("\n")}`;
}

/** Replaces the table between the markers of a page. @param {string} page @param {string} table */
export function withCloseCodes(page, table) {
  return page.replace(/(<!-- close-codes -->)[\s\S]*(<!-- \/close-codes -->)/, `$1\n\n${table}\n\n$2`);
}
