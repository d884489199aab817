import type { SocketConstructor } from "../options.js";
import type { Position } from "../subscriptions/listener.js";
import { type Clock, systemClock } from "../timers.js";
import type { ClientFrame } from "./memory-connection.js";
import { memorySockets, type Peer, type SocketCallbacks } from "./memory-socket.js";
import type { Recording } from "./recording.js";
import { type Line, type Part, type Payload, Script } from "./script.js";

export interface PlayOptions {
  /** The time source of the playback. @default performance.now and the platform's timers */
  readonly clock?: Clock;
  /** The speed factor, above 0: 2 = twice as fast as recorded. @default 1 */
  readonly speed?: number;
}

/**
 * Returns a `WebSocket` class that plays a recording, for an application without a server.
 *
 * The playback starts when the first client connects. A subscribe is confirmed immediately; updates recorded up to the present
 * moment follow immediately, later ones at their time. A request gets the recorded reply to the same request, and is refused
 * with `not_recorded` otherwise. Every login is accepted. After the end of the recording no more updates follow.
 *
 * A connection that was lost in the recording is lost in the playback only if updates were lost for good. It is closed as by a
 * restart then, so that the client reports the recorded gap.
 *
 * @throws Error for a recording of another version; RangeError for a speed that is not above 0
 */
export function play(recording: Recording, { clock = systemClock, speed = 1 }: PlayOptions = {}): SocketConstructor {
  if (recording?.version !== 1) {
    throw new Error(
      `Unsupported recording version ${recording?.version}, expected 1: pass the result of Recorder.stop()`,
    );
  }
  if (!(speed > 0 && speed < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`Invalid option "speed": expected a number > 0, got ${speed}`);
  }
  const player = new Player(recording, clock, speed);
  return memorySockets((peer) => new Playback(player, peer));
}

/** The tolerance for timers that fire early by a rounding error, in milliseconds. */
const ROUNDING_MS = 0.001;

/** The state that the connections to a recording share: its time, and the replies sent so far. */
class Player {
  readonly script: Script;
  readonly isSession: boolean;
  readonly #clock: Clock;
  readonly #speed: number;
  readonly #times = new Map<readonly Payload[], number>();
  #startedAt: number | undefined;

  constructor(recording: Recording, clock: Clock, speed: number) {
    this.script = new Script(recording);
    this.isSession = recording.protocol === "session";
    this.#clock = clock;
    this.#speed = speed;
  }

  /** Starts the time with the first connection. */
  begin(): void {
    this.#startedAt ??= this.#clock.monotonic();
  }

  /** Returns the recording's milliseconds until a moment of it; 0 if it has passed. */
  until(atMs: number): number {
    const elapsedMs = (this.#clock.monotonic() - (this.#startedAt ?? 0)) * this.#speed;
    return atMs - elapsedMs < ROUNDING_MS ? 0 : atMs - elapsedMs;
  }

  after(ms: number, run: () => void): () => void {
    return this.#clock.after(ms / this.#speed, run);
  }

  /** Returns the next recorded reply to this request; after the last one, the last again. */
  replyTo(type: string, payload: unknown): Payload | undefined {
    const replies = this.script.replies(type, payload);
    const times = this.#times.get(replies) ?? 0;
    this.#times.set(replies, times + 1);
    return replies[Math.min(times, replies.length - 1)];
  }
}

/** A subscription of the client. */
interface PlayedTopic {
  readonly part: Part;
  /** The time at which the next part begins. */
  readonly untilMs: number;
  /** The index of the next line. */
  next: number;
  /** The last offset sent to the client. */
  offset: number;
  /** Whether the client has the present state, or the message that completes it is on its way. */
  isCurrent: boolean;
}

/** The playback for one connection. */
class Playback implements SocketCallbacks {
  readonly #player: Player;
  readonly #peer: Peer;
  readonly #topics = new Map<string, PlayedTopic>();
  #cancel = () => {};

  constructor(player: Player, peer: Peer) {
    this.#player = player;
    this.#peer = peer;
    player.begin();
    if (!player.isSession) return;
    // Without a heartbeat: a recording is always alive.
    const welcome = { connectionId: "recording", protocol: 2, heartbeatIntervalMs: 0, maxConnectionLifespanMs: 0 };
    this.#send("session.welcome", { ...welcome, serverTime: 0, server: "recording" });
  }

  received(text: string): void {
    const frame: ClientFrame = JSON.parse(text);
    const { type, payload, id } = frame;
    const subscribed = this.#player.script.topic("subscribe", type, payload);
    const unsubscribed = this.#player.script.topic("unsubscribe", type, payload);
    if (subscribed !== undefined) this.#subscribe(frame, subscribed);
    else if (unsubscribed !== undefined) this.#unsubscribe(frame, unsubscribed);
    else if (type === "ping") this.#send("pong", undefined, id);
    else if (type === "auth.login") this.#reply(frame, { status: "ok", message: "Logged in" });
    else this.#reply(frame, this.#player.replyTo(type, payload) ?? notRecorded(type, payload));
  }

  closed(): void {
    this.#cancel();
    this.#topics.clear();
  }

  #subscribe(frame: ClientFrame, topic: string): void {
    const held = this.#topics.get(topic);
    const { script, isSession } = this.#player;
    if (held) {
      const { reply } = held.part;
      const { snapshot, recovered, ...repeated } = isSession ? { ...reply, offset: held.offset } : reply;
      this.#reply(frame, repeated);
      return;
    }
    const parts = script.parts(topic);
    const begun = parts.filter(({ atMs }) => this.#player.until(atMs) === 0);
    const part = (begun.at(-1) ?? parts[0]) as Part;
    const isRecovered = isWithin(part, frame.resume);
    const offset = isRecovered ? frame.resume.offset : Number(part.reply.offset ?? 0);
    const untilMs = parts[parts.indexOf(part) + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const played = { part, untilMs, next: 0, offset, isCurrent: isRecovered };
    this.#topics.set(topic, played);
    this.#reply(frame, replyOf(part, frame.resume, isRecovered));
    this.#catchUp(played);
    if (isRecovered) this.#send("subscription.current", { topic, epoch: part.reply.epoch, offset: played.offset });
    this.#playOn();
  }

  #unsubscribe(frame: ClientFrame, topic: string): void {
    this.#topics.delete(topic);
    this.#reply(frame, { status: "ok", message: "Unsubscribed", topic });
    this.#playOn();
  }

  /** Sends the lines of a topic up to the present moment. */
  #catchUp(played: PlayedTopic): void {
    const { lines } = played.part;
    for (let line = lines[played.next]; line && this.#player.until(line.atMs) === 0; line = lines[played.next]) {
      this.#sendLine(played, line);
    }
  }

  /** Sends the lines that are due, in the order of the recording, and sets a timer for the next. */
  #playOn(): void {
    this.#cancel();
    for (;;) {
      const next = this.#next();
      if (!next) return;
      const waitMs = this.#player.until(next.atMs);
      if (waitMs > 0) {
        this.#cancel = this.#player.after(waitMs, () => this.#playOn());
        return;
      }
      if (!next.line) {
        this.#peer.end(1012, "Service restart");
        return;
      }
      this.#sendLine(next.played, next.line);
    }
  }

  /** Returns the next event of the subscribed topics: a line, or the end of a part. */
  #next(): { readonly played: PlayedTopic; readonly atMs: number; readonly line: Line | undefined } | undefined {
    let first: { readonly played: PlayedTopic; readonly atMs: number; readonly line: Line | undefined } | undefined;
    for (const played of this.#topics.values()) {
      const line = played.part.lines[played.next];
      const atMs = line?.atMs ?? played.untilMs;
      const isFirst =
        !first || atMs < first.atMs || (atMs === first.atMs && (line?.order ?? 0) < (first.line?.order ?? 0));
      if (atMs < Number.POSITIVE_INFINITY && isFirst) first = { played, atMs, line };
    }
    return first;
  }

  #sendLine(played: PlayedTopic, { type, payload }: Line): void {
    played.next++;
    const { topic, offset } = payload as { readonly topic: string; readonly offset?: number };
    if (type === "subscription.ended") this.#topics.delete(topic);
    if (type === "subscription.current") {
      if (!played.isCurrent) this.#send(type, payload);
      played.isCurrent = true;
    } else if (offset === undefined || offset > played.offset) {
      played.offset = offset ?? played.offset;
      this.#send(type, payload);
    }
  }

  #reply({ type, id }: ClientFrame, payload: object): void {
    this.#send(`${type}.response`, payload, this.#player.isSession ? id : undefined);
  }

  #send(type: string, payload?: object, id?: ClientFrame["id"]): void {
    this.#peer.send(JSON.stringify({ type, payload, id }));
  }
}

function isWithin({ reply }: Part, resume: Position | undefined): resume is Position {
  return resume !== undefined && resume.epoch === reply.epoch && resume.offset >= Number(reply.offset);
}

/** Returns the recorded reply, adapted to a subscribe without a position, one within the part, or another. */
function replyOf({ reply }: Part, resume: Position | undefined, isRecovered: boolean): Payload {
  const { snapshot, recovered, ...position } = reply;
  if (isRecovered) return { ...position, offset: resume?.offset, recovered: true };
  return { ...position, ...(snapshot === true && { snapshot }), ...(resume && { recovered: false }) };
}

function notRecorded(type: string, payload: unknown): Payload {
  const message = `The recording has no ${type} with ${JSON.stringify(payload ?? {})}`;
  const topic = type.endsWith("subscribe") ? { topic: "" } : {};
  return { status: "error", code: "not_recorded", message, ...topic };
}
