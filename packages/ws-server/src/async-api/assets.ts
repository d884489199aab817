import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The package that renders the documentation page: an optional peer dependency. */
export const COMPONENT = "@asyncapi/react-component";

/** A file that the page loads. `body` is read from disk on the first request, and cached. */
export interface Asset {
  readonly contentType: string;
  readonly body: () => Buffer;
}

/** Renders the document named by the page. It is a file, so that the page needs no inline script. */
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

/** Returns the page's assets by file name: no other file can be requested. Without the component, only the style sheet. */
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

// The bundle is UTF-8 without a declaration. In another encoding, its texts and regular expressions break.
const JAVASCRIPT = "text/javascript; charset=utf-8";
const CSS = "text/css; charset=utf-8";

/** Returns the paths of the component's files, by served name; undefined if it is not installed. */
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
  // This file is also built as CommonJS, where import.meta does not exist.
  return createRequire(typeof __filename === "string" ? __filename : import.meta.url).resolve;
}
