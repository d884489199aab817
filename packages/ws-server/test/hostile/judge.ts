import { bars, messageId, quotes, type Route, sessionMessages, subscriptionReply, trades } from "@trading/topic";
import { opcodes, type ServerFrame } from "../rfc6455/frames.js";

/** What a reply may be long, beside the topic and the id that it only echoes. */
const MAX_OWN_CHARACTERS = 1_024;

const ROUTES = new Map<string, Pick<Route<never, unknown>, "parseUpdate">>([
  ["bars", bars],
  ["quotes", quotes],
  ["trades", trades],
]);

/**
 * What a connection may be closed with: what ws says of broken frames, and what PROTOCOL.md lists. 1011
 * says that the server failed, which is what must not happen.
 */
const CLOSES = {
  base: [1000, 1002, 1003, 1005, 1007, 1008, 1009, 1012, 1013],
  session: [1000, 1002, 1003, 1005, 1007, 1008, 1009, 1012, 4001, 4003, 4101, 4102, 4201, 4202, 4203],
};

export type Dialect = keyof typeof CLOSES;

/** Holds what a server says to the protocol, and gathers what is wrong with it. */
export class Judge {
  /** What was wrong, each with where it was seen. */
  readonly faults: string[] = [];
  readonly closes = new Map<string, number>();
  readonly statuses = new Map<number, number>();
  readonly replies = new Map<string, number>();

  fault(where: string, problem: string): void {
    // Enough to act on, however much goes wrong.
    if (this.faults.length < 20) this.faults.push(`${where}: ${problem}`);
  }

  /** A response to an upgrade, by its head. */
  response(where: string, head: string): void {
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    count(this.statuses, status);
    // 505 is Node's own answer to an HTTP version it does not speak.
    if (!(status >= 100 && status < 500) && status !== 505) this.fault(where, `answered ${head.slice(0, 80)}`);
    if (/node_modules|\.[jt]s:\d|node:/.test(head)) this.fault(where, `tells of its inside: ${head.slice(0, 200)}`);
  }

  /** @param echoes the codes that this client has closed with itself, which a server answers with */
  close(where: string, dialect: Dialect, { payload }: ServerFrame, echoes: boolean): void {
    const code = payload.length === 0 ? 1005 : payload.readUInt16BE(0);
    count(this.closes, String(code));
    if (!echoes && !CLOSES[dialect].includes(code)) {
      this.fault(where, `closed with ${code} ${payload.subarray(2)}, which no ${dialect} connection may see`);
    }
    if (payload.length > 2 && !isText(payload.subarray(2))) this.fault(where, "closed with a reason that is no UTF-8");
  }

  cut(): void {
    count(this.closes, "none");
  }

  message(where: string, dialect: Dialect, { opcode, payload }: ServerFrame): void {
    if (opcode !== opcodes.text) return;
    const problem = this.#problem(dialect, payload);
    if (problem !== undefined) this.fault(where, `${problem}: ${payload.subarray(0, 300)}`);
  }

  #problem(dialect: Dialect, bytes: Buffer): string | undefined {
    if (!isText(bytes)) return "a message that is no UTF-8";
    const message = parse(bytes.toString());
    if (typeof message?.type !== "string") return "a message that is no envelope";
    const { type, payload, id } = message;
    if (id !== undefined && !messageId.safeParse(id).success) return "an id that nobody may send";
    const session = Object.hasOwn(sessionMessages, type)
      ? sessionMessages[type as keyof typeof sessionMessages]
      : undefined;
    if (session !== undefined) {
      count(this.replies, type);
      if (dialect === "base") return "a session's message on a base connection";
      if (!session.safeParse(payload).success) return "a payload against its schema";
      return ownLength(message) > MAX_OWN_CHARACTERS ? "a message over 1 KB" : undefined;
    }
    const [name = "", verb, suffix] = type.split(".");
    const route = ROUTES.get(name);
    if (route === undefined) return "a type that the protocol does not have";
    if (typeof payload?.topic !== "string" || !/^[ -~]*$/.test(payload.topic)) return "a topic that is no ASCII";
    if (verb === "update" && suffix === undefined) {
      count(this.replies, "update");
      return isUpdate(route, payload.payload) ? undefined : "an update against its schema";
    }
    if ((verb !== "subscribe" && verb !== "unsubscribe") || suffix !== "response") return "a type that no server sends";
    const reply = subscriptionReply.safeParse(payload);
    if (!reply.success) return "a reply against its schema";
    count(this.replies, reply.data.status === "ok" ? `${verb} ok` : `${verb} ${reply.data.code}`);
    return ownLength(message) > MAX_OWN_CHARACTERS ? "a reply over 1 KB" : undefined;
  }
}

interface Envelope {
  readonly type: unknown;
  readonly id?: unknown;
  readonly payload?: { readonly topic?: unknown; readonly payload?: unknown };
}

function parse(text: string): Envelope | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

function ownLength({ payload, ...rest }: Envelope): number {
  return JSON.stringify({ ...rest, id: undefined, payload: { ...payload, topic: undefined } }).length;
}

function isUpdate(route: Pick<Route<never, unknown>, "parseUpdate">, update: unknown): boolean {
  try {
    route.parseUpdate(update);
    return true;
  } catch {
    return false;
  }
}

function isText(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString("utf8")).equals(bytes);
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
