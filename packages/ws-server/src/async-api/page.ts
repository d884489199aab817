import { COMPONENT } from "./assets.js";

/** What the page shows, and where it gets it. */
export interface DocsPage {
  readonly title: string;
  /** The documents' URL, without a query. */
  readonly documentUrl: string;
  /** Where the page's assets are served, without a slash at its end. */
  readonly assetsPath: string;
  /** Whether the component is among them. @default true */
  readonly installed?: boolean;
}

/**
 * What the page may load: its own server's files, and nothing else. The component's parser compiles schemas by evaluating
 * code, hence `unsafe-eval`, which no other page of a server should allow.
 */
export const DOCS_PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-eval'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The interactive page, or where its component is missing one that says what to install. */
export function docsPage({ title, documentUrl, assetsPath, installed = true }: DocsPage): string {
  const assets = escapeHtml(assetsPath);
  const document = escapeHtml(documentUrl);
  const name = escapeHtml(title);
  const head = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}: AsyncAPI</title>
<link rel="icon" href="data:,">
${installed ? `<link rel="stylesheet" href="${assets}/component.css">\n` : ""}<link rel="stylesheet" href="${assets}/page.css">
</head>
<body>
<header>
<h1>${name}</h1>
<a href="${document}">AsyncAPI 2.4</a>
<a href="${document}?version=3">AsyncAPI 3.0</a>
</header>`;
  const body = installed
    ? `<div id="asyncapi" data-document="${document}?version=3"></div>
<noscript>This page needs JavaScript. The documents above do not.</noscript>
<script src="${assets}/component.js"></script>
<script src="${assets}/start.js"></script>`
    : `<main class="notice">
<h2>The interactive page is not installed</h2>
<p>Both documents above are complete. To see them drawn here, install the package
<code>${COMPONENT}</code> beside the server and start it again:</p>
<pre>npm install ${COMPONENT}</pre>
</main>`;
  return `${head}\n${body}\n</body>\n</html>\n`;
}

const ENTITIES: { readonly [mark: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => ENTITIES[mark] as string);
}
