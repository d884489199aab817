import { COMPONENT } from "./assets.js";

/** The content of the page. */
export interface DocsPage {
  readonly title: string;
  /** URL of the documents, without a query. */
  readonly documentUrl: string;
  /** Path of the assets, without a trailing slash. */
  readonly assetsPath: string;
  /** Whether the component is installed. @default true */
  readonly installed?: boolean;
}

/**
 * The page's Content-Security-Policy: only files of the same server. The component's parser compiles schemas by evaluating
 * code, which requires `unsafe-eval`. No other page of a server should allow it.
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

/** Returns the interactive page, or a page with installation instructions if its component is not installed. */
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
<code>${COMPONENT}</code> next to the server and restart it:</p>
<pre>npm install ${COMPONENT}</pre>
</main>`;
  return `${head}\n${body}\n</body>\n</html>\n`;
}

const ENTITIES: { readonly [mark: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => ENTITIES[mark] as string);
}
