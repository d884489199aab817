import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The package that draws the docs page: an optional peer dependency. */
export const COMPONENT = "@asyncapi/react-component";

/** What a page needs besides its HTML. `body` is read from disk at the first request, and kept. */
export interface Asset {
  readonly contentType: string;
  readonly body: () => Buffer;
}

/** Starts the component on the document that the page names, so that the page needs no inline script. */
const START = `const mount = document.getElementById("asyncapi");
AsyncApiStandalone.render(
  {
    schema: { url: mount.dataset.document, options: { method: "GET" } },
    config: {
      show: { sidebar: true, schemas: false },
      sidebar: { showOperations: "byOperationsTags" },
      expand: { messageExamples: true },
    },
  },
  mount,
);
`;

const STYLE = `html, body { margin: 0; font-family: ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; color: #1a202c; }
body > header { position: sticky; top: 0; z-index: 30; display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; align-items: baseline; padding: 0.75rem 1.5rem; background: #0f172a; color: #f8fafc; }
body > header h1 { margin: 0; font-size: 1.1rem; font-weight: 600; }
body > header a { color: #93c5fd; }
[id] { scroll-margin-top: 4rem; }
body > main.notice { max-width: 42rem; margin: 3rem auto; padding: 0 1.5rem; line-height: 1.6; }
`;

/**
 * The page's assets by file name: this list, and nothing else of the disk. Without the component it is the style alone.
 */
export function assetsOf(component: ReadonlyMap<string, string> | undefined): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>([["page.css", { contentType: CSS, body: () => Buffer.from(STYLE) }]]);
  if (component === undefined) return assets;
  assets.set("start.js", { contentType: JAVASCRIPT, body: () => Buffer.from(START) });
  for (const [name, path] of component) {
    const contentType = name.endsWith(".css") ? CSS : JAVASCRIPT;
    assets.set(name, { contentType, body: () => readFileSync(path) });
  }
  return assets;
}

// The bundle is UTF-8 and does not say so itself: read as anything else, its texts and regular expressions break.
const JAVASCRIPT = "text/javascript; charset=utf-8";
const CSS = "text/css; charset=utf-8";

/** Where the component's files are on this disk, by the names they are served under; undefined where it is missing. */
export function findComponent(resolve: (file: string) => string = resolver()): ReadonlyMap<string, string> | undefined {
  try {
    return new Map([
      ["component.js", resolve(`${COMPONENT}/browser/standalone/index.js`)],
      ["component.css", resolve(`${COMPONENT}/styles/default.min.css`)],
    ]);
  } catch {
    return undefined;
  }
}

function resolver(): (file: string) => string {
  // This file is built as CommonJS too, where there is no import.meta.
  return createRequire(typeof __filename === "string" ? __filename : import.meta.url).resolve;
}
