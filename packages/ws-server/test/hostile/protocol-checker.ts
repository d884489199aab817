import { bars, messageId, quotes, type Route, sessionMessages, subscriptionReply, trades } from "@trading/topic";
import { opcodes, type ServerFrame } from "../rfc6455/frames.js";

/** Maximum length of a reply in characters, without the topic and the id, which it only echoes. */
const MAX_OWN_CHARACTERS = 1_024;

const ROUTES = new Map<string, Pick<Route<never, unknown>, "parseUpdate">>([
  ["bars", bars],
  ["quotes", quotes],
  ["trades", trades],
]);

/**
 * The allowed close codes: those that ws sends for broken frames, and those in PROTOCOL.md, "Close codes". 1011 is not
 * allowed, because it reports an internal error of the server.
 */
const CLOSES = {
  base: [1000, 1002, 1003, 1005, 1007, 1008, 1009, 1012, 1013],
  session: [1000, 1002, 1003, 1005, 1007, 1008, 1009, 1012, 4001, 4003, 4101, 4102, 4201, 4202, 4203],
};

export type Dialect = keyof typeof CLOSES;

/** Checks a server's responses, messages and closes against the protocol, and collects the violations. */
export class ProtocolChecker {
  /** Violations, each with the input that caused it. */
  readonly faults: string[] = [];
  readonly closes = new Map<string, number>();
  readonly statuses = new Map<number, number>();
  readonly replies = new Map<string, number>();

  fault(where: string, problem: string): void {
    // Twenty violations are enough to find the cause.
    if (this.faults.length < 20) this.faults.push(`${where}: ${problem}`);
  }

  /** Checks the head of a response to an upgrade request. */
  response(where: string, head: string): void {
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    count(this.statuses, status);
    // Node replies 505 to an HTTP version that it does not support.
    if (!(status >= 100 && status < 500) && status !== 505) this.fault(where, `replied ${head.slice(0, 80)}`);
    if (/node_modules|\.[jt]s:\d|node:/.test(head)) this.fault(where, `discloses internals: ${head.slice(0, 200)}`);
  }

  /** @param echoes whether the client has sent a close frame, so that the server's code can be an echo */
  close(where: string, dialect: Dialect, { payload }: ServerFrame, echoes: boolean): void {
    const code = payload.length === 0 ? 1005 : payload.readUInt16BE(0);
    count(this.closes, String(code));
    if (!echoes && !CLOSES[dialect].includes(code)) {
      this.fault(where, `closed with ${code} ${payload.subarray(2)}, which is not allowed on a ${dialect} connection`);
    }
    if (payload.length > 2 && !isText(payload.subarray(2))) this.fault(where, "closed with a reason that is not UTF-8");
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
    if (!isText(bytes)) return "a message that is not UTF-8";
    const message = parse(bytes.toString());
    if (typeof message?.type !== "string") return "a message that is not an envelope";
    const { type, payload, id } = message;
    if (id !== undefined && !messageId.safeParse(id).success) return "an invalid id";
    const session = Object.hasOwn(sessionMessages, type)
      ? sessionMessages[type as keyof typeof sessionMessages]
      : undefined;
    if (session !== undefined) {
      count(this.replies, type);
      if (dialect === "base") return "a session message on a base connection";
      if (!session.safeParse(payload).success) return "a payload that violates its schema";
      return ownLength(message) > MAX_OWN_CHARACTERS ? "a message over 1 KB" : undefined;
    }
    const [name = "", verb, suffix] = type.split(".");
    const route = ROUTES.get(name);
    if (route === undefined) return "a type that the protocol does not have";
    if (typeof payload?.topic !== "string" || !/^[ -~]*$/.test(payload.topic)) return "a topic that is not ASCII";
    if (verb === "update" && suffix === undefined) {
      count(this.replies, "update");
      return isUpdate(route, payload.payload) ? undefined : "an update that violates its schema";
    }
    if ((verb !== "subscribe" && verb !== "unsubscribe") || suffix !== "response") return "a type that no server sends";
    const reply = subscriptionReply.safeParse(payload);
    if (!reply.success) return "a reply that violates its schema";
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
