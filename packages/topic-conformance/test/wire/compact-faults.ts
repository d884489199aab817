import type { ClientFault } from "./client-fault.js";
import { isUpdate, payloadFault, withPayload } from "./fault-kinds.js";
import type { Fault, Frame, ProxiedConnection } from "./faulty-proxy.js";

/** Changes compact updates. Other frames pass as they are. */
function compactFrames(change: (update: Frame, connection: ProxiedConnection) => Frame) {
  return (frame: Frame, connection: ProxiedConnection): Frame => {
    if (typeof frame !== "string" || !frame.startsWith("[")) return frame;
    const changed = change(JSON.parse(frame), connection);
    return changed === undefined ? undefined : JSON.stringify(changed);
  };
}

const isReply = /\.subscribe\.response$/;

function withCompact(name: string, caughtBy: string, change: (compact: Frame) => object): Fault {
  return payloadFault(name, caughtBy, isReply, ({ compact }) => (compact ? { compact: change(compact) } : {}));
}

/** Faults of servers in compact updates. */
export const COMPACT_FAULTS: readonly Fault[] = [
  { name: "selects trading.v2 only", caughtBy: "compact-selected", selects: (name) => name.replace(".compact", "") },
  {
    name: "gives aliases to all clients",
    caughtBy: "compact-not-offered",
    toClient: (frame) => withPayload(frame, ({ epoch }) => (epoch === undefined ? {} : { compact: { alias: 1 } })),
  },
  {
    name: "reads only the first subprotocol",
    caughtBy: "compact-bearer",
    offers: (names) => names.filter((name) => !name.startsWith("bearer.")),
  },
  {
    name: "sends updates of the usual form to sessions",
    caughtBy: "compact-session",
    offers: () => ["trading.v2"],
  },
  withCompact("uses one alias for all topics", "compact-alias", (compact) => ({ ...compact, alias: 1 })),
  {
    name: "changes the alias in a second reply only",
    caughtBy: "compact-alias-again",
    toClient: (frame, { state }) =>
      withPayload(frame, ({ compact }) => {
        if (!compact) return {};
        state.set("replies", (state.get("replies") ?? 0) + 1);
        return state.get("replies") > 1 ? { compact: { ...compact, alias: compact.alias + 1 } } : {};
      }),
  },
  {
    name: "rounds the numbers of compact updates",
    caughtBy: "compact-update",
    toClient: compactFrames(([alias, offset, values]) => [
      alias,
      offset,
      values.map((value: Frame) => (typeof value === "number" ? Math.round(value) : value)),
    ]),
  },
  {
    name: "sends the members in another order",
    caughtBy: "compact-update",
    toClient: (frame, connection) => {
      const reversed = compactFrames(([alias, offset, values]) => [alias, offset, values.reverse()]);
      return withPayload(reversed(frame, connection), ({ compact }) =>
        compact ? { compact: { ...compact, layout: { members: compact.layout.members.toReversed() } } } : {},
      );
    },
  },
  {
    name: "removes backslashes from nested strings",
    caughtBy: "compact-nested",
    toClient: compactFrames(([alias, offset, [s, n, v]]) => [
      alias,
      offset,
      [s, n, v.map((value: Frame) => (typeof value === "string" ? value.replaceAll("\\", "") : value))],
    ]),
  },
  withCompact("does not declare absent members", "compact-absent-members", ({ alias, layout: { members } }) => ({
    alias,
    layout: { members },
  })),
  {
    name: "leaves the offset out",
    caughtBy: "compact-offset",
    toClient: compactFrames(([alias, , values]) => [alias, 0, values]),
  },
  {
    name: "sends an update after the compact client has unsubscribed",
    caughtBy: "compact-other-messages",
    toClient(frame, connection) {
      if (frame.payload?.compact) connection.state.set("alias", frame.payload.compact.alias);
      if (!/unsubscribe/.test(frame.type) || !connection.state.has("alias")) return frame;
      connection.toClient(frame);
      connection.toClient(`[${connection.state.get("alias")},1,[]]`);
      return undefined;
    },
  },
  {
    name: "ignores arrays",
    caughtBy: "compact-request",
    toServer: (frame) => (typeof frame === "string" ? undefined : frame),
  },
];

/** Faults of clients in compact updates. */
export const COMPACT_CLIENT_FAULTS: readonly ClientFault[] = [
  { name: "offers the compact subprotocol only", caughtBy: "client-compact-offers", offers: ([first = ""]) => [first] },
  {
    name: "loses updates of the usual form if it has offered compact ones",
    caughtBy: "client-compact-not-selected",
    toClient: (frame) => (isUpdate(frame) ? undefined : frame),
  },
  {
    name: "offers subprotocols in each attempt",
    caughtBy: "client-compact-without-subprotocols",
    offers: () => ["trading.v2"],
  },
  {
    name: "reads values from the end",
    caughtBy: "client-compact-update",
    toClient: compactFrames(([alias, offset, values]) => [alias, offset, values.reverse()]),
  },
  {
    name: "loses members of an update without a layout",
    caughtBy: "client-compact-without-layout",
    toClient: compactFrames(([alias, offset, update]) => [alias, offset, { ...update, volume: 1 }]),
  },
  {
    name: "takes every update of an alias with a layout for values",
    caughtBy: "client-compact-not-packed",
    toClient: compactFrames(([alias, offset, update]) =>
      Array.isArray(update) ? [alias, offset, update] : [alias, offset, []],
    ),
  },
  {
    name: "reads the values of a nested object shifted by one",
    caughtBy: "client-compact-nested",
    toClient: compactFrames(([alias, offset, [s, n, [first, ...others]]]) => [
      alias,
      offset,
      [s, n, [...others, first]],
    ]),
  },
  {
    name: "counts bits from 1",
    caughtBy: "client-compact-sparse",
    toClient: compactFrames(([alias, offset, [s, n, [bits, ...values]]]) => [
      alias,
      offset,
      [s, n, [bits << 1, ...values]],
    ]),
  },
  {
    name: "reads no update of the usual form after a compact one",
    caughtBy: "client-compact-mixed",
    toClient: (frame) => (isUpdate(frame) ? undefined : frame),
  },
  {
    name: "keeps the aliases of the connection before",
    caughtBy: "client-compact-new-alias",
    toClient: compactFrames(([alias, offset, values]) => [3 - alias, offset, values]),
  },
  {
    name: "passes compact duplicates on",
    caughtBy: "client-compact-duplicates",
    toClient: compactFrames(([alias, , values], { state }) => {
      state.set("offset", (state.get("offset") ?? 0) + 1);
      return [alias, state.get("offset"), values];
    }),
  },
  {
    name: "closes the connection for an unknown alias",
    caughtBy: "client-compact-unknown-alias",
    toClient: compactFrames((frame, { end }) => (frame[0] === 99 ? end(1000) : frame)),
  },
  {
    name: "delivers an update whose values are incomplete",
    caughtBy: "client-compact-missing-values",
    fromProcess: (line) => (line.type === "error" ? { type: "update", listener: 1, update: {} } : line),
  },
  {
    name: "ignores values without a member",
    caughtBy: "client-compact-more-values",
    toClient: compactFrames(([alias, offset, values]) => [alias, offset, values.slice(0, 6)]),
  },
];
