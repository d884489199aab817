import { fileURLToPath } from "node:url";
import { Browser, pageScript } from "./browser-page.mjs";
import { centrifugoAlone, installCentrifugo, installRivals, socketIo, wsServerBatching } from "./contenders.mjs";
import { against } from "./report.mjs";
import { withSides } from "./sides.mjs";
import { median, medianRatio } from "./statistics.mjs";
import { symbolOf } from "./workload.mjs";

const TOPICS = 500;
const UPDATES_PER_SECOND = 10_000;
const TURN_MS = 10;
/** The turns in which the WebSocket messages are counted. */
const MESSAGE_TURNS = 20;
/** At most half of a rival's time. */
const [FLOOR, GOAL] = [1, 2];

const path = (/** @type {string} */ file) => fileURLToPath(new URL(file, import.meta.url));

const WS_CLIENT = { name: "@trading/ws-client", server: wsServerBatching, module: path("pages/ws-client.mjs") };
const CENTRIFUGE = { name: "centrifuge-js", server: centrifugoAlone, module: path("../rivals/centrifugo-page.mjs") };
const SOCKET_IO = { name: "socket.io-client", server: socketIo, module: path("../rivals/socket-io-page.mjs") };

const MODES = [
  { hasComponents: false, title: "one callback for each topic" },
  { hasComponents: true, title: "one React component for each topic: useTopic, or a state that each update sets" },
];

/** Measures the main thread of a page in Chromium that receives updates of many topics. @type {import("./main.mjs").Part} */
export async function client({ quick, showProgress }) {
  installRivals();
  const contenders = [WS_CLIENT, ...(installCentrifugo() ? [CENTRIFUGE] : []), SOCKET_IO];
  const [rounds, seconds] = quick ? [1, 0.3] : [4, 1];
  const symbols = Array.from({ length: TOPICS }, (_, index) => symbolOf(index));
  const updates = (UPDATES_PER_SECOND * TURN_MS) / 1_000;
  const turns = { updates, topics: TOPICS, everyMs: TURN_MS };
  return withSides(async (open) => {
    const browser = open.also(new Browser());
    await browser.ready();
    const runs = [];
    for (const contender of contenders) {
      showProgress(`opening the pages of ${contender.name}`);
      const script = await pageScript(contender.module);
      for (const { hasComponents } of MODES) {
        const server = await open.server(contender.server);
        const page = await browser.open(script);
        await page.call("start", { port: server.port, symbols, hasComponents });
        // Updates begin once everything is subscribed, which a page of components does not report.
        while (hasComponents && !(await page.call("areShown"))) await server.publish({ ...turns, turns: 5 });
        await server.publish({ ...turns, turns: quick ? 5 : 100 });
        const messages = await page.messagesDuring(() => server.publish({ ...turns, turns: MESSAGE_TURNS }));
        runs.push({ contender, hasComponents, server, page, messages, spent: /** @type {Spent[]} */ ([]) });
      }
    }
    for (let round = 1; round <= rounds; round++) {
      for (const { contender, hasComponents, server, page, spent } of runs) {
        showProgress(`round ${round} of ${rounds}, ${contender.name}`);
        const counted = Math.round(UPDATES_PER_SECOND * seconds);
        const publish = () => server.publish({ ...turns, turns: (1_000 * seconds) / TURN_MS });
        spent.push(await page.spent(publish, hasComponents ? 0 : counted));
        if (!hasComponents && spent.at(-1)?.updates !== counted)
          throw new Error(`${contender.name} received ${spent.at(-1)?.updates} of ${counted} updates`);
      }
    }
    const tables = MODES.map(({ hasComponents, title }) => {
      const [own, ...others] = runs.filter((run) => run.hasComponents === hasComponents);
      const of = (/** @type {typeof own} */ { spent }, /** @type {keyof Spent} */ name) =>
        spent.map((each) => each[name]);
      return {
        title: `${UPDATES_PER_SECOND.toLocaleString("en")} updates a second of ${TOPICS} topics, ${title}`,
        head: [
          "client",
          "messages/s",
          "main thread, ms/s",
          "of it script",
          "allocated, MB/s",
          "dropped frames/s",
          "rival ÷ ws-client",
          "floor",
          "goal",
          "",
        ],
        rows: [own, ...others].map((run) => [
          run.contender.name,
          ((run.messages * UPDATES_PER_SECOND) / (MESSAGE_TURNS * updates)).toLocaleString("en"),
          .../** @type {const} */ (["taskMs", "scriptMs", "allocatedMb", "dropped"]).map((name) =>
            (median(of(run, name)) / seconds).toFixed(name === "taskMs" || name === "scriptMs" ? 0 : 1),
          ),
          ...(run === own ? ["", "", "", ""] : against(medianRatio(of(run, "taskMs"), of(own, "taskMs")), FLOOR, GOAL)),
        ]),
      };
    });
    return { tables };
  });
}

/** @typedef {import("./browser-page.mjs").Spent} Spent */
