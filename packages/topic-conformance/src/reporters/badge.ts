import type { ConformanceReport, Verdict } from "../report.js";
import { verdictLabel } from "./terminal.js";

/** Width of a character of the badge's font, on average. */
const CHARACTER = 6.6;

const COLORS = { conforms: "#17734a", differs: "#b3261e", harness_fault: "#666e78" } as const;

/** Renders the verdict of a report as a badge in SVG, for a README. It loads nothing. */
export function badge(report: ConformanceReport): string {
  return renderBadge("topic contract", verdictLabel(report), report.verdict, report.counts.expected_failure > 0);
}

/** @param hasKnownFailures whether some failures were expected, which has a color too */
export function renderBadge(left: string, right: string, verdict: Verdict, hasKnownFailures: boolean): string {
  const color = verdict === "conforms" && hasKnownFailures ? "#8a5a00" : COLORS[verdict];
  const [a, b] = [left, right].map((text) => Math.ceil(text.length * CHARACTER) + 14) as [number, number];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${a + b}" height="20" role="img" aria-label="${left}: ${right}">
<title>${left}: ${right}</title>
<rect width="${a + b}" height="20" rx="3" fill="#3b4048"/>
<path d="M${a} 0h${b - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-${b - 3}z" fill="${color}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="${a / 2}" y="14">${left}</text><text x="${a + b / 2}" y="14">${right}</text>
</g>
</svg>
`;
}
