import type { Position } from "../subscriptions/listener.js";
import type { TabPeer } from "./tab-peer.js";

/** A subscribe or another request of a tab. */
export interface RequestFrame {
  readonly type: string;
  readonly payload?: unknown;
  readonly id?: unknown;
  readonly resume?: Position;
}

/** The payload of a subscribe reply. */
export interface ReplyPayload {
  readonly status?: unknown;
  readonly code?: unknown;
  readonly topic?: string;
  readonly epoch?: string;
  readonly offset?: number;
  readonly retention?: unknown;
  readonly snapshot?: boolean;
  readonly recovered?: boolean;
}

/** The shared socket, as seen by a topic. */
export interface TopicUplink {
  /** Sends a request to the server, and calls back with its reply. */
  ask(frame: RequestFrame, answered: (payload: ReplyPayload) => void): void;
  /** Sends a reply to a tab. */
  answer(tab: TabPeer, frame: RequestFrame, payload: ReplyPayload): void;
  /** The server has confirmed this topic. */
  confirmed(topic: SharedTopic): void;
  /** The last tab has left. `isConfirmed`: the server still has the subscription. */
  left(topic: SharedTopic, isConfirmed: boolean): void;
}

interface Waiting {
  readonly tab: TabPeer;
  readonly frame: RequestFrame;
  /** Whether the tab has left, or has sent the request again. */
  isCancelled?: boolean;
}

/** A position of no epoch. The reply to a subscribe with it is a snapshot, for the present subscription too. */
const NOWHERE: Position = { epoch: "-", offset: 0 };

/**
 * One subscription on the server, for all tabs that have the topic.
 *
 * The server sends the state to a late tab: a repeated subscribe with a position sets the subscription's cursor again
 * (PROTOCOL.md, "Repeated subscribe requests"). The other tabs do not get what they have: the hub knows how far each one is.
 * Requests to the server are made one at a time, because each of them moves the cursor.
 */
export class SharedTopic {
  readonly key: string;
  readonly route: string;
  readonly params: unknown;
  /** The topic's text; undefined until the server confirms it. */
  topic: string | undefined;
  /** The tabs that the server's confirmation was sent to, and the offset of the last update that each one has. */
  readonly #members = new Map<TabPeer, number>();
  readonly #waiting = new Set<Waiting>();
  #asked: Waiting | undefined;
  /** The number of requests without a reply, with those that a tab has repeated. */
  #unanswered = 0;
  #confirmation: ReplyPayload = {};
  readonly #uplink: TopicUplink;

  /** @param key of the route and the params */
  constructor(key: string, route: string, params: unknown, uplink: TopicUplink) {
    this.key = key;
    this.route = route;
    this.params = params;
    this.#uplink = uplink;
  }

  subscribe(tab: TabPeer, frame: RequestFrame): void {
    this.#cancel(tab);
    // The tab's earlier request has no reply in time.
    if (this.#asked?.isCancelled && this.#asked.tab === tab) this.#asked = undefined;
    this.#waiting.add({ tab, frame });
    this.#next();
  }

  /** A tab has unsubscribed, or is gone. */
  leave(tab: TabPeer): void {
    this.#members.delete(tab);
    this.#cancel(tab);
    this.#endIfUnused(true);
  }

  /** Sends an update to the tabs that do not have it. */
  update(frame: string, offset: number): void {
    for (const [tab, last] of this.#members) {
      if (offset <= last) continue;
      this.#members.set(tab, offset);
      tab.push(frame);
    }
  }

  /** A snapshot or a recovery is complete, up to this offset. */
  current(payload: Position): void {
    for (const [tab, last] of this.#members) {
      const offset = Math.max(last, payload.offset);
      this.#members.set(tab, offset);
      tab.push(JSON.stringify({ type: "subscription.current", payload: { ...payload, offset } }));
    }
  }

  /** The server has ended the topic: the tabs subscribe again, or show the error. */
  ended(frame: string): void {
    for (const tab of this.#members.keys()) tab.push(frame);
    this.#members.clear();
    this.#endIfUnused(false);
  }

  /** Takes over the tabs of an entry with other params that the server reads as the same topic. */
  takeOver(other: SharedTopic): void {
    for (const [tab, last] of other.#members) this.#members.set(tab, last);
    other.#members.clear();
    for (const waiting of other.#waiting) this.#waiting.add(waiting);
    other.#waiting.clear();
  }

  #cancel(tab: TabPeer): void {
    for (const waiting of this.#waiting) if (waiting.tab === tab) this.#waiting.delete(waiting);
    if (this.#asked?.tab === tab) this.#asked.isCancelled = true;
  }

  #endIfUnused(isConfirmed: boolean): void {
    if (this.#members.size + this.#waiting.size + this.#unanswered === 0) this.#uplink.left(this, isConfirmed);
  }

  /** Sends the next request, unless the server has not replied to one yet. */
  #next(): void {
    for (const waiting of this.#waiting) {
      if (this.#asked) return;
      this.#waiting.delete(waiting);
      if (!this.#answerHere(waiting)) this.#ask(waiting);
    }
  }

  #ask(waiting: Waiting): void {
    this.#asked = waiting;
    this.#unanswered += 1;
    const { resume, ...frame } = waiting.frame;
    const position = this.#members.size ? this.#positionForAll(resume) : resume;
    this.#uplink.ask(position ? { ...frame, resume: position } : frame, (payload) => {
      this.#unanswered -= 1;
      if (this.#asked === waiting) this.#asked = undefined;
      this.#answered(payload, waiting);
      this.#next();
      this.#endIfUnused(payload.status === "ok");
    });
  }

  /** Returns the position from which every tab gets what it misses: the request discards what the server has not sent yet. */
  #positionForAll(resume: Position | undefined): Position {
    if (!resume) return NOWHERE;
    if (resume.epoch !== this.#confirmation.epoch) return resume;
    return { epoch: resume.epoch, offset: Math.min(resume.offset, ...this.#members.values()) };
  }

  /** Replies without the server if the tab misses nothing. Returns whether it did. */
  #answerHere(waiting: Waiting): boolean {
    const { epoch, retention, topic } = this.#confirmation;
    if (!this.#members.size || epoch === undefined) return false;
    const { resume } = waiting.frame;
    const own = this.#members.get(waiting.tab);
    const last = own ?? Math.max(...this.#members.values());
    if (resume ? resume.epoch !== epoch || resume.offset < last : own === undefined && retention !== "log")
      return false;
    this.#join(waiting, { ...this.#confirmation, offset: last, ...(resume && { recovered: true }) });
    if (resume) {
      const payload = { topic, epoch, offset: resume.offset };
      waiting.tab.push(JSON.stringify({ type: "subscription.current", payload }));
    }
    return true;
  }

  #answered(payload: ReplyPayload, asked: Waiting): void {
    if (payload.status !== "ok" || payload.topic === undefined) {
      if (!asked.isCancelled) this.#uplink.answer(asked.tab, asked.frame, payload);
      return;
    }
    this.topic = payload.topic;
    const isSameRun = payload.epoch === this.#confirmation.epoch;
    const { snapshot: _, recovered: __, ...confirmation } = payload;
    this.#confirmation = confirmation;
    this.#uplink.confirmed(this);
    this.#repeatWhatWasSkipped(isSameRun ? (payload.offset ?? 0) : Number.POSITIVE_INFINITY);
    if (!asked.isCancelled) this.#join(asked, payload);
    // Those that asked meanwhile get the same updates, as long as the first of them is not sent.
    for (const waiting of this.#waiting) {
      const { resume } = waiting.frame;
      const isServed = resume
        ? payload.recovered === true && resume.epoch === payload.epoch && resume.offset >= (payload.offset ?? 0)
        : payload.snapshot === true;
      if (!isServed) continue;
      this.#waiting.delete(waiting);
      this.#join(waiting, payload);
    }
  }

  /** @param payload the reply, whose offset is the one after which the topic continues */
  #join({ tab, frame }: Waiting, { recovered, ...payload }: ReplyPayload): void {
    const { resume } = frame;
    const isRecovered = recovered === true && resume !== undefined;
    const offset = isRecovered ? resume.offset : (payload.offset ?? 0);
    this.#members.set(tab, offset);
    this.#uplink.answer(tab, frame, {
      ...payload,
      ...(payload.offset !== undefined && { offset }),
      ...(resume && recovered !== undefined && { recovered }),
    });
  }

  /**
   * The server continues after this offset. A tab that is not as far would miss updates that the server had not sent yet, as
   * those of an older bar: it subscribes again, from its own position.
   */
  #repeatWhatWasSkipped(offset: number): void {
    for (const [tab, last] of this.#members) {
      if (last >= offset) continue;
      this.#members.delete(tab);
      const payload = { topic: this.topic, code: "moved", message: "Subscribe again", retryable: true };
      tab.push(JSON.stringify({ type: "subscription.ended", payload }));
    }
  }
}
