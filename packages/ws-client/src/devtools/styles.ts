/** The class that scopes all rules to the panel. Classes inside have the prefix `td-`. */
export const ROOT = "trading-devtools";

/** The panel's style sheet. */
export const STYLES = `
.${ROOT} {
  color-scheme: light dark;
  --back: light-dark(#ffffff, #14171c);
  --raised: light-dark(#f3f5f8, #1c2027);
  --line: light-dark(#dde2e8, #2c323b);
  --text: light-dark(#1a1f26, #e4e8ee);
  --faint: light-dark(#586271, #98a2b0);
  --accent: light-dark(#0b5fca, #6cb0ff);
  --good: light-dark(#0f7038, #52c98a);
  --wait: light-dark(#8a5300, #e5ad48);
  --bad: light-dark(#b3261e, #ff8a80);
  position: fixed;
  inset: auto 0 0 0;
  z-index: 2147483000;
  pointer-events: none;
  color: var(--text);
  font: 13px/1.45 system-ui, sans-serif;
  letter-spacing: normal;
  text-align: start;
  text-transform: none;

  /* Resets the page's rules for bare elements. */
  * { all: revert; }
  *, *::before { box-sizing: border-box; }
  p, ol, dl, dd, pre { margin: 0; padding: 0; }
  button, input {
    height: auto;
    margin: 0;
    padding: 3px 10px;
    border: 1px solid var(--line);
    border-radius: 6px;
    background: var(--back);
    color: inherit;
    font: inherit;
  }
  button { cursor: pointer; }
  button:disabled { opacity: 0.5; cursor: default; }
  button:hover:enabled { border-color: var(--accent); }
  button[aria-pressed="true"] { border-color: var(--accent); background: var(--accent); color: var(--back); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
  code, pre { font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }

  .td-toggle { position: absolute; inset: auto 12px 12px auto; padding: 6px 14px; pointer-events: auto; box-shadow: 0 2px 10px rgb(0 0 0 / 0.25); }
  .td-toggle[aria-expanded="true"] { inset: 8px 12px auto auto; padding: 3px 10px; box-shadow: none; }

  .td-panel {
    container-type: inline-size;
    display: flex;
    flex-direction: column;
    height: min(22rem, 60vh);
    border-top: 1px solid var(--line);
    background: var(--back);
    box-shadow: 0 -6px 24px rgb(0 0 0 / 0.18);
    pointer-events: auto;
  }
  .td-head, .td-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 16px; padding: 8px 12px; background: var(--raised); }
  .td-head { min-height: 44px; padding-inline-end: 90px; }
  .td-bar { padding-block: 0; border-bottom: 1px solid var(--line); }

  .td-connection { display: flex; flex: 1 1 16rem; flex-wrap: wrap; gap: 0 10px; min-width: 0; overflow-wrap: anywhere; }
  .td-facts { display: flex; flex: 1 1 100%; flex-wrap: wrap; gap: 0 16px; color: var(--faint); }
  .td-facts div { display: flex; gap: 5px; }
  .td-facts dd { color: var(--text); font-variant-numeric: tabular-nums; }
  .td-state { font-weight: 600; white-space: nowrap; }
  .td-state::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-inline-end: 6px; border-radius: 50%; background: currentcolor; }
  [data-tone="good"] { color: var(--good); }
  [data-tone="wait"] { color: var(--wait); }
  [data-tone="bad"] { color: var(--bad); }

  .td-tabs { display: flex; flex: 1; gap: 2px; margin-inline-start: -10px; }
  .td-tabs button { padding: 6px 10px; border: 0; border-bottom: 2px solid transparent; border-radius: 0; background: none; color: var(--faint); white-space: nowrap; }
  .td-tabs button[aria-selected="true"] { border-color: var(--accent); color: var(--text); font-weight: 600; }
  .td-count { margin-inline-start: 2px; color: var(--faint); font-weight: 400; font-variant-numeric: tabular-nums; }
  .td-tools { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; padding-block: 4px; }
  .td-head .td-tools { padding-block: 0; }
  .td-tools [role="alert"]:empty { display: none; }
  .td-tools input { width: 11rem; min-width: 0; }

  .td-body { flex: 1; min-height: 0; overflow: auto; overscroll-behavior: contain; }
  .td-body:focus-visible { outline-offset: -2px; }
  .td-topic { color: var(--faint); }
  .td-topic b { color: var(--text); font-weight: 600; }
  .td-none { padding: 20px 12px; color: var(--faint); text-align: center; }

  table { width: 100%; border-collapse: collapse; }
  caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  th, td { padding: 5px 12px; border-bottom: 1px solid var(--line); font-weight: 400; text-align: start; vertical-align: top; }
  thead th { position: sticky; top: 0; background: var(--back); color: var(--faint); font-size: 12px; white-space: nowrap; }
  .td-number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }

  .td-position { white-space: nowrap; }

  ol { list-style: none; }
  li { border-bottom: 1px solid var(--line); }
  summary { display: flex; align-items: baseline; gap: 12px; padding: 3px 12px; cursor: pointer; list-style: none; }
  summary::-webkit-details-marker { display: none; }
  summary:hover { background: var(--raised); }
  summary:focus-visible { outline-offset: -2px; }
  summary code { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  summary .td-type { font-weight: 600; flex-shrink: 0; }
  summary .td-topic { max-width: 34%; flex-shrink: 0; }
  summary .td-data { flex: 1; }
  details[open] .td-data { display: none; }
  time, .td-kind { color: var(--faint); font-variant-numeric: tabular-nums; white-space: nowrap; }
  .td-kind { min-width: 6em; }
  [data-kind="sent"] { color: var(--accent); }
  [data-kind="gap"], [data-kind="error"] { color: var(--bad); }
  pre { padding: 2px 12px 8px; white-space: pre-wrap; }

  .td-fault { color: var(--bad); }

  @media (max-width: 40rem) {
    .td-panel { height: min(32rem, 70vh); }
  }
  @container (max-width: 40rem) {
    thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    tbody tr { display: flex; flex-wrap: wrap; gap: 0 14px; padding: 6px 12px; border-bottom: 1px solid var(--line); }
    tbody th { flex: 1 0 100%; }
    tbody th, tbody td { display: block; padding: 0; border: 0; }
    tbody td[data-label]::before { content: attr(data-label) " "; color: var(--faint); }
    summary { flex-wrap: wrap; gap: 0 10px; }
    summary .td-topic, summary .td-data { flex: 0 0 100%; max-width: 100%; }
    .td-tools { flex: 1 1 100%; }
    .td-tools input { flex: 1; width: auto; }
  }
}
`;
