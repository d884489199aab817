import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { publicEntries } from "../../src/api-reports/entries.mjs";
import { titleOf } from "../src/llms-texts.mjs";

const pages = fileURLToPath(new URL("../pages", import.meta.url));
const repository = fileURLToPath(new URL("../../..", import.meta.url));

/** Returns the title of a page. @param {string} page its path */
function titleAt(page) {
  return titleOf(readFileSync(join(pages, page), "utf8"));
}

/** Returns the entries of a folder's pages, with their titles. @param {string} folder */
function entriesOf(folder) {
  const files = readdirSync(join(pages, folder)).filter((file) => file.endsWith(".md"));
  return files.sort().map((file) => ({
    text: titleAt(`${folder}/${file}`),
    link: `/${folder}/${file.replace(/(index)?\.md$/, "")}`,
  }));
}

const packages = ["ws-client", "ws-server", "topic", "codegen", "topic-conformance", "create-trading-app", "python"];

/** The pages of the API reference. */
const apiEntries = publicEntries(repository).map(({ name }) => ({
  text: name,
  link: `/api/${name.replace("@trading/", "")}`,
}));

export default defineConfig({
  title: "Trading streams",
  description: "Market and account data over one WebSocket",
  srcDir: "pages",
  outDir: "../../reports/site",
  cacheDir: "./.vitepress/cache",
  lastUpdated: false,
  // The addresses of servers on the reader's machine.
  ignoreDeadLinks: [/^https?:\/\/localhost/],
  markdown: { languageAlias: { pycon: "python", promql: "text" } },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Guides", link: "/docs/guides/your-own-feed-and-broker" },
      { text: "Protocol", link: "/PROTOCOL" },
      { text: "API", link: "/api/" },
      { text: "Sizes", link: "/sizes" },
    ],
    sidebar: [
      { text: "Overview", link: "/" },
      { text: "Guides", items: entriesOf("docs/guides") },
      {
        text: "Examples",
        items: ["vite", "next", "script"].map((name) => ({
          text: titleAt(`examples/${name}/index.md`),
          link: `/examples/${name}/`,
        })),
      },
      { text: "Packages", items: packages.map((name) => ({ text: name, link: `/packages/${name}/` })) },
      { text: "Client", items: entriesOf("packages/ws-client/docs") },
      { text: "API", collapsed: true, items: apiEntries },
      { text: "Conformance", collapsed: true, items: entriesOf("packages/topic-conformance/docs") },
      {
        text: "Reference",
        items: [
          { text: "Protocol", link: "/PROTOCOL" },
          { text: "Sizes", link: "/sizes" },
          { text: "Reference server", link: "/apps/server/" },
          { text: "Deployment", link: "/deploy/" },
          { text: "Architecture", link: "/ARCHITECTURE" },
          { text: "Contributing", link: "/CONTRIBUTING" },
          { text: "Security", link: "/SECURITY" },
        ],
      },
      { text: "Decisions", collapsed: true, items: entriesOf("docs/decisions") },
    ],
  },
});
