import { fileURLToPath } from "node:url";
import { Browser, pageScript } from "./browser-page.mjs";
import { centrifugoAlone, installCentrifugo, installRivals, socketIo, wsServerBatching } from "./contenders.mjs";
import { against } from "./report.mjs";
import { startAll, withSides } from "./sides.mjs";
import { median, quartiles } from "./statistics.mjs";
import { symbolOf } from "./workload.mjs";

const TOPICS = 500;
const UPDATES_PER_SECOND = 10_000;
const TURN_MS = 10;
/** The updates of a turn. */
const UPDATES = (UPDATES_PER_SECOND * TURN_MS) / 1_000;
const ROUNDS = 12;
/** The turns of a round, which are 0.6 seconds, and of the warm-up. */
const ROUND_TURNS = 60;
/** The turns in which the WebSocket messages are counted. */
const MESSAGE_TURNS = 20;
/** At most half of a rival's time. */
const [FLOOR, GOAL] = [1, 2];

const path = (/** @type {string} */ file) => fileURLToPath(new URL(file, import.meta.url));

/**
 * A page, and the server that sends its updates. A rival's page has a floor and a goal. A page without a client has a server too, so
 * that publishing takes as long as for the others.
 *
 * @typedef {object} Page
 * @property {string} name
 * @property {import("./server.mjs").Contender} server
 * @property {string} module
 * @property {string} [checkout] another one whose SDK the page has
 * @property {boolean} [isRival]
 * @property {boolean} [isReact] whether the page always has components
 */

/** @type {Page} */
const WS_CLIENT = { name: "@trading/ws-client", server: wsServerBatching, module: path("pages/ws-client.mjs") };
/** @type {Page} */
const COMPACT = {
  name: "@trading/ws-client, compact updates",
  server: { ...wsServerBatching, options: { isCompact: true } },
  module: path("pages/ws-client-compact.mjs"),
};
/** @type {Page} */
const CENTRIFUGE = {
  name: "centrifuge-js",
  server: centrifugoAlone,
  module: path("../rivals/centrifugo-page.mjs"),
  isRival: true,
};
/** @type {Page} */
const SOCKET_IO = {
  name: "socket.io-client",
  server: socketIo,
  module: path("../rivals/socket-io-page.mjs"),
  isRival: true,
};
/** @type {Page} */
const REACT_ALONE = {
  name: "the page alone, with React",
  server: wsServerBatching,
  module: path("pages/alone.mjs"),
  isReact: true,
};
/** The least that a page costs. @type {Page} */
const PAGE_ALONE = { name: "the page alone", server: wsServerBatching, module: path("pages/alone-without-react.mjs") };

const MODES = [
  { hasComponents: false, title: "one callback for each topic" },
  { hasComponents: true, title: "one React component for each topic: useTopic, or a state that each update sets" },
];

/** Measures the main thread of a page in Chromium that receives updates of many topics. @type {import("./main.mjs").Part} */
export async function client({ quick, showProgress }) {
  installRivals();
  const rivals = [...(installCentrifugo() ? [CENTRIFUGE] : []), SOCKET_IO];
  const others = process.env.OTHER_CHECKOUTS?.split(":") ?? [];
  const pages = [
    WS_CLIENT,
    ...others.map((checkout) => ({ ...WS_CLIENT, name: `@trading/ws-client of ${checkout}`, checkout })),
    COMPACT,
    ...rivals,
    REACT_ALONE,
    PAGE_ALONE,
  ];
  const runs = await measure(pages, quick, showProgress);
  return {
    tables: MODES.map(({ hasComponents, title }) =>
      tableOf(
        title,
        runs.filter((run) => run.hasComponents === hasComponents),
      ),
    ),
  };
}

/** @typedef {{ page: Page, hasComponents: boolean, messages: number, spent: Spent[] }} Run */
/** @typedef {Run & { tab: import("./browser-page.mjs").BrowserPage, publish: (turns: number) => Promise<unknown> }} OpenPage */

/**
 * Measures the pages in turn, each round beginning with another one. They are open together, except in a quick run.
 *
 * @param {readonly Page[]} pages @param {boolean} quick @param {(step: string) => void} showProgress
 * @returns {Promise<Run[]>}
 */
function measure(pages, quick, showProgress) {
  const [roundTurns, warmUpTurns] = quick ? [30, 5] : [ROUND_TURNS, ROUND_TURNS];
  const symbols = Array.from({ length: TOPICS }, (_, index) => symbolOf(index));
  return withSides(async (open) => {
    const wanted = pages.flatMap((page) =>
      MODES.filter(({ hasComponents }) => isMeasured(page, hasComponents, quick)).map((mode) => ({ ...mode, page })),
    );
    const used = pages.filter((page) => wanted.some((each) => each.page === page));
    const browser = open.also(new Browser());
    showProgress("building the pages");
    // A quick run closes each page before it opens the next one, so that they share a server.
    const contenders = wanted.map(({ page }) => page.server);
    const started = quick ? [...new Set(contenders)] : contenders;
    const [servers, scripts] = await Promise.all([
      startAll(started, quick, (contender) => open.server(contender)),
      // One after another: a build sets a variable of the environment.
      startAll(used, false, ({ module, checkout }) => pageScript(module, checkout)),
      browser.ready(),
    ]);
    /** @param {number} index of a wanted page @returns {Promise<OpenPage>} */
    const openPage = async (index) => {
      const { page, hasComponents } = wanted[index];
      showProgress(`opening the pages of ${page.name}`);
      const server = servers[quick ? started.indexOf(page.server) : index];
      const tab = await browser.open(scripts[used.indexOf(page)]);
      const publish = (/** @type {number} */ turns) =>
        server.publish({ updates: UPDATES, topics: TOPICS, everyMs: TURN_MS, turns, sameBar: true });
      const play = async (/** @type {number} */ turns) => {
        await tab.call("begin", turns * UPDATES);
        await publish(turns);
      };
      await tab.untilDefined("start");
      await tab.call("start", { port: server.port, symbols, hasComponents });
      // Updates begin once everything is subscribed, which a page of components does not report.
      while (hasComponents && !(await tab.call("areShown"))) await play(5);
      await play(warmUpTurns);
      const messages = await tab.messagesDuring(() => publish(MESSAGE_TURNS));
      return { tab, publish, page, hasComponents, messages, spent: [] };
    };
    const updates = roundTurns * UPDATES;
    const measurePage = async (/** @type {OpenPage} */ { tab, publish, page, hasComponents, spent }) => {
      const each = await tab.spent(() => publish(roundTurns), updates, !hasComponents);
      if (!hasComponents && each.updates !== updates)
        throw new Error(`${page.name} received ${each.updates} of ${updates} updates`);
      spent.push({ ...each, turns: roundTurns });
    };
    const opened = [];
    for (let index = 0; index < wanted.length; index++) {
      const page = await openPage(index);
      opened.push(page);
      if (!quick) continue;
      await measurePage(page);
      // The last one ends Chromium.
      if (index < wanted.length - 1) await page.tab.close();
    }
    for (let round = 0; !quick && round < ROUNDS; round++) {
      for (let index = 0; index < opened.length; index++) {
        const page = opened[(index + round) % opened.length];
        showProgress(`round ${round + 1} of ${ROUNDS}, ${page.page.name}`);
        await measurePage(page);
      }
    }
    return opened;
  });
}

/**
 * Returns whether a page is measured with components, or without. In a quick run, each page but the first and the last one is measured once
 * at most.
 *
 * @param {Page} page @param {boolean} hasComponents @param {boolean} quick
 */
function isMeasured(page, hasComponents, quick) {
  if (quick && page === REACT_ALONE) return false;
  if (quick && [COMPACT, CENTRIFUGE, SOCKET_IO].includes(page)) return hasComponents === (page === SOCKET_IO);
  return hasComponents || page.isReact !== true;
}

/** @param {string} title @param {readonly Run[]} runs that of the SDK first, that of the page alone last @returns {import("./report.mjs").Table} */
function tableOf(title, runs) {
  const [own] = runs;
  const alone = runs[runs.length - 1];
  // Pages of components paint different numbers of frames, so that their difference is not what the client adds.
  const isAbove = !own.hasComponents;
  /** The figures of each round for a second of updates. */
  const perSecond = (/** @type {Run} */ { spent }, /** @type {"taskMs" | "scriptMs" | "allocatedMb"} */ name) =>
    spent.map((each) => (each[name] * UPDATES_PER_SECOND) / (each.turns * UPDATES));
  const above = (/** @type {Run} */ run) =>
    perSecond(run, "taskMs").map((ms, round) => ms - perSecond(alone, "taskMs")[round]);
  return {
    title: `${UPDATES_PER_SECOND.toLocaleString("en")} updates a second of ${TOPICS} topics, ${title}`,
    head: [
      "page",
      "messages/s",
      "main thread, ms/s",
      "of it script",
      "allocated, MB/s",
      "frames/s",
      "÷ ws-client",
      "floor",
      "goal",
      "",
      ...(isAbove ? ["above the page alone ÷ ws-client"] : []),
    ],
    rows: runs.map((run) => {
      const ratio = ratiosOf(perSecond(run, "taskMs"), perSecond(own, "taskMs"));
      return [
        run.page.name,
        ((run.messages * UPDATES_PER_SECOND) / (MESSAGE_TURNS * UPDATES)).toLocaleString("en"),
        withQuartiles(perSecond(run, "taskMs"), 0),
        median(perSecond(run, "scriptMs")).toFixed(0),
        median(perSecond(run, "allocatedMb")).toFixed(1),
        median(run.spent.map(({ frames, elapsedMs }) => (frames * 1_000) / elapsedMs)).toFixed(0),
        run === own ? "" : withQuartiles(ratio, 2),
        ...(run.page.isRival ? against(median(ratio), FLOOR, GOAL).slice(1) : ["", "", ""]),
        ...(isAbove ? [run === own || run === alone ? "" : withQuartiles(ratiosOf(above(run), above(own)), 2)] : []),
      ];
    }),
    note: `The median of ${own.spent.length} rounds, and in brackets the quartiles.`,
  };
}

/** Divides the figures of each round. @param {readonly number[]} of @param {readonly number[]} to */
function ratiosOf(of, to) {
  return of.map((figure, round) => figure / to[round]);
}

/** @param {readonly number[]} samples @param {number} digits */
function withQuartiles(samples, digits) {
  const [low, high] = quartiles(samples);
  return `${median(samples).toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

/** @typedef {import("./browser-page.mjs").Spent & { turns: number }} Spent */
