import type { SocketConstructor, SocketLike } from "../options.js";
import type { Position } from "../subscriptions/listener.js";
import type { Clock } from "../timers.js";
import { type ReplyPayload, type RequestFrame, SharedTopic, type TopicUplink } from "./shared-topic.js";
import type { TabPeer } from "./tab-peer.js";

/** Time without a frame after which a server is assumed to have no session extension: a legacy server sends nothing unprompted. */
const WELCOME_WAIT_MS = 1_000;

/** The heartbeat interval of a server that announces none, in milliseconds. */
const HEARTBEAT_MS = 30_000;

interface ServerFrame extends RequestFrame {
  readonly payload?: ReplyPayload & { readonly heartbeatIntervalMs?: number; readonly maxBatchBytes?: number };
}

export interface SharedSocketOptions {
  readonly url: string;
  readonly WebSocket: SocketConstructor;
  readonly clock: Clock;
  /** The socket serves no new tabs: it is closed, or its server is shutting down. */
  readonly retired: () => void;
}

/**
 * One socket of several tabs. Each tab speaks the protocol as if the socket was its own; the socket translates the ids of
 * requests, and gives each topic one subscription.
 */
export class SharedSocket {
  readonly #options: SharedSocketOptions;
  readonly #socket: SocketLike;
  readonly #tabs = new Set<TabPeer>();
  /** Callbacks of requests without a reply, by the id on the shared socket. */
  readonly #unanswered = new Map<unknown, (payload: ReplyPayload) => void>();
  /** By route and params. */
  readonly #byKey = new Map<string, SharedTopic>();
  readonly #byTopic = new Map<string, SharedTopic>();
  readonly #uplink: TopicUplink;
  #lastId = 0;
  /** The server's first frame. */
  #welcome = "";
  #hasBatches = false;
  /** The number of logins that were sent and not refused. */
  #logins = 0;
  #isSilent = false;
  #cancelTimer = () => {};
  #isEnded = false;

  constructor(options: SharedSocketOptions) {
    this.#options = options;
    this.#uplink = {
      ask: (frame, answered) => this.#ask(frame, answered),
      answer: (tab, frame, payload) => this.#answer(tab, frame, payload),
      confirmed: (topic) => this.#confirmed(topic),
      left: (topic, isConfirmed) => this.#left(topic, isConfirmed),
    };
    this.#socket = new options.WebSocket(options.url);
    this.#socket.onopen = () => {
      this.#cancelTimer = options.clock.after(WELCOME_WAIT_MS, () => this.#leaveAlone());
    };
    this.#socket.onmessage = ({ data }: { data: unknown }) => this.#received(data);
    this.#socket.onerror = ({ message = "" }: { message?: string }) => {
      if (!this.#welcome) this.end(1006, message);
    };
    this.#socket.onclose = ({ code, reason }: { code: number; reason: string }) => this.end(code, reason);
  }

  add(tab: TabPeer): void {
    this.#tabs.add(tab);
    if (this.#welcome) this.#open(tab);
  }

  /** A tab has closed its socket, or is gone: releases what only it has subscribed. */
  remove(tab: TabPeer): void {
    if (!this.#tabs.delete(tab)) return;
    tab.release();
    for (const topic of [...this.#byKey.values()]) topic.leave(tab);
    if (this.#tabs.size) this.#flush();
    else this.end(1000, "");
  }

  /** Handles a frame of a tab. */
  send(tab: TabPeer, text: string, needsLogin: boolean): void {
    const frame: RequestFrame = JSON.parse(text);
    const [, route = "", verb] = /^(.*)\.(subscribe|unsubscribe)$/.exec(frame.type) ?? [];
    const key = `${route}:${canonical(frame.payload)}`;
    if (frame.type === "ping") tab.push(JSON.stringify({ ...frame, type: "pong" }));
    else if (needsLogin && !tab.isLoggedIn && this.#logins > 0) {
      // The server would authorize it for the user of another tab.
      this.#answer(tab, frame, refusal("unauthorized", "Log in first: this is private"));
    } else if (frame.type === "auth.login") this.#login(tab, frame);
    else if (verb === "subscribe") this.#topicOf(key, route, frame.payload).subscribe(tab, frame);
    else if (verb === "unsubscribe") {
      const topic = this.#byKey.get(key);
      topic?.leave(tab);
      this.#answer(tab, frame, { status: "ok", ...(topic?.topic !== undefined && { topic: topic.topic }) });
    } else this.#ask(frame, (payload) => this.#answer(tab, frame, payload));
    this.#flush();
  }

  /** Closes the socket and those of its tabs. The tabs connect again, as the code says. */
  end(code: number, reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelTimer();
    this.#flush();
    this.#options.retired();
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {};
    socket.close(1000);
    for (const tab of this.#tabs) {
      tab.post({ event: "close", code, reason });
      tab.release();
    }
    this.#tabs.clear();
  }

  /** The server has no session extension, and so no positions from which tabs could continue. */
  #leaveAlone(): void {
    for (const tab of this.#tabs) tab.post({ event: "alone" });
    this.end(1000, "");
  }

  #open(tab: TabPeer): void {
    tab.post({ event: "open" });
    tab.push(this.#welcome);
    tab.flush();
  }

  #flush(): void {
    for (const tab of this.#tabs) tab.flush();
  }

  #ask({ type, payload, resume }: RequestFrame, answered: (payload: ReplyPayload) => void): void {
    const id = ++this.#lastId;
    this.#unanswered.set(id, answered);
    this.#write({ type, payload, id, ...(resume && { resume }) });
  }

  #write(frame: object): void {
    if (!((this.#socket.readyState as number) > 1)) this.#socket.send(JSON.stringify(frame));
  }

  #answer(tab: TabPeer, { type, id }: RequestFrame, payload: ReplyPayload): void {
    tab.push(JSON.stringify({ type: `${type}.response`, payload, id }));
  }

  #login(tab: TabPeer, frame: RequestFrame): void {
    this.#logins += 1;
    this.#ask(frame, (payload) => {
      if (payload.status === "ok") tab.isLoggedIn = true;
      else this.#logins -= 1;
      if (payload.code !== "subject_changed") this.#answer(tab, frame, payload);
      else if ([...this.#tabs].some(({ isLoggedIn }) => isLoggedIn)) tab.post({ event: "alone" });
      else this.end(1012, "Another user logs in");
    });
  }

  #topicOf(key: string, route: string, params: unknown): SharedTopic {
    let topic = this.#byKey.get(key);
    if (!topic) {
      topic = new SharedTopic(key, route, params, this.#uplink);
      this.#byKey.set(key, topic);
    }
    return topic;
  }

  #confirmed(entry: SharedTopic): void {
    const topic = entry.topic as string;
    const other = this.#byTopic.get(topic);
    if (other && other !== entry) {
      this.#byKey.set(other.key, entry);
      entry.takeOver(other);
    }
    this.#byTopic.set(topic, entry);
  }

  #left(entry: SharedTopic, isConfirmed: boolean): void {
    for (const [key, topic] of this.#byKey) if (topic === entry) this.#byKey.delete(key);
    if (entry.topic === undefined || this.#byTopic.get(entry.topic) !== entry) return;
    this.#byTopic.delete(entry.topic);
    if (!isConfirmed) return;
    this.#ask({ type: `${entry.route}.unsubscribe`, payload: entry.params }, () => {});
  }

  #received(data: unknown): void {
    this.#isSilent = false;
    const frames = this.#hasBatches && typeof data === "string" ? data.split("\n") : [`${data}`];
    for (const frame of frames) if (!this.#isEnded) this.#receivedFrame(frame);
    this.#flush();
  }

  #receivedFrame(text: string): void {
    const frame = parse(text);
    const { type = "", payload = {} } = frame ?? {};
    if (!this.#welcome) this.#detect(text, type, payload);
    else if (type.endsWith(".update")) this.#byTopic.get(payload.topic ?? "")?.update(text, payload.offset ?? 0);
    else if (type.endsWith(".response") || (type === "error" && frame?.id !== undefined)) {
      this.#reply(frame?.id, type === "error" ? { ...payload, status: "error" } : payload);
    } else if (type === "subscription.current") this.#byTopic.get(payload.topic ?? "")?.current(payload as Position);
    else if (type === "subscription.ended") this.#byTopic.get(payload.topic ?? "")?.ended(text);
    else if (type === "auth.expiring") this.#tell(text, ({ isLoggedIn }) => isLoggedIn);
    else if (type !== "pong") {
      // The next sockets of the tabs are on another one, while this one is still used.
      if (type === "server.draining") this.#options.retired();
      // The tabs report a frame that is not JSON, and know which of the others are for them.
      this.#tell(text);
    }
  }

  #tell(text: string, isFor: (tab: TabPeer) => boolean = () => true): void {
    for (const tab of this.#tabs) if (isFor(tab)) tab.push(text);
  }

  #reply(id: unknown, payload: ReplyPayload): void {
    const answered = this.#unanswered.get(id);
    this.#unanswered.delete(id);
    answered?.(payload);
  }

  #detect(text: string, type: string, payload: ServerFrame["payload"] = {}): void {
    this.#cancelTimer();
    if (type !== "session.welcome") {
      this.#leaveAlone();
      return;
    }
    this.#welcome = text;
    this.#hasBatches = Boolean(payload.maxBatchBytes);
    for (const tab of this.#tabs) this.#open(tab);
    this.#beat((payload.heartbeatIntervalMs || HEARTBEAT_MS) / 2);
  }

  /** Pings a silent server after half of the interval, and drops it after the other half. */
  #beat(afterMs: number): void {
    this.#isSilent = true;
    this.#cancelTimer = this.#options.clock.after(afterMs, () => {
      if (!this.#isSilent) return this.#beat(afterMs);
      this.#write({ type: "ping" });
      this.#cancelTimer = this.#options.clock.after(afterMs, () => {
        if (this.#isSilent) this.end(1006, "the server was silent");
        else this.#beat(afterMs);
      });
    });
  }
}

function refusal(code: string, message: string): ReplyPayload {
  return { status: "error", message, code } as ReplyPayload;
}

function parse(text: string): ServerFrame | undefined {
  try {
    return JSON.parse(text) as ServerFrame;
  } catch {
    return undefined;
  }
}

/** Returns the same text for params that make one topic: the order of members does not matter, and null is `""`. */
function canonical(params: unknown): string {
  return JSON.stringify(params, (_, value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : (value ?? ""),
  );
}
