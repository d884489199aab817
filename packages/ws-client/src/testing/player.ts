import { type Clock, type SocketConstructor, systemClock } from "../options.js";
import type { Position } from "../subscriptions/listener.js";
import type { ClientFrame } from "./memory-connection.js";
import { memorySockets, type Peer, type Visit } from "./memory-socket.js";
import type { Recording } from "./recording.js";
import { type Line, type Part, type Payload, Script } from "./script.js";

export interface PlayOptions {
  /** When updates come. @default performance.now and the platform's timers */
  readonly clock?: Clock;
  /** How much faster than it was recorded: 2 = twice as fast. Above 0. @default 1 */
  readonly speed?: number;
}

/**
 * Plays a recording: gives a `WebSocket` class for the client, for an application without a server.
 *
 * Its time begins when the first client connects. A topic is confirmed at once; what was recorded of it by then comes at
 * once, the rest at its time. A request is answered as the same one was in the recording, and else refused with
 * `not_recorded`. Logins are accepted, whoever logs in. After the end nothing more comes.
 *
 * Connections that were lost in the recording are not, unless updates were missed for good: then the connection ends as by
 * a restart, so that the client finds the gap that was recorded.
 *
 * @throws Error where this is no recording, or of another version; RangeError for a speed that is not above 0
 */
export function play(recording: Recording, { clock = systemClock, speed = 1 }: PlayOptions = {}): SocketConstructor {
  if (recording?.version !== 1) {
    throw new Error(
      `The recording's version is ${recording?.version}, and 1 is known: give what Recorder.stop() returned`,
    );
  }
  if (!(speed > 0 && speed < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`speed is ${speed}: write a number above 0, 1 for the recorded time`);
  }
  const player = new Player(recording, clock, speed);
  return memorySockets((peer) => new Playback(player, peer));
}

/** A timer may be a rounding error early: what is due so soon is due. In milliseconds. */
const ROUNDING_MS = 0.001;

/** What the connections to one recording share: its time, and what was answered already. */
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

  /** Its time begins with the first connection. */
  begin(): void {
    this.#startedAt ??= this.#clock.monotonic();
  }

  /** How long it is, of the recording's milliseconds, until a moment of it; 0 where that has come. */
  until(atMs: number): number {
    const elapsedMs = (this.#clock.monotonic() - (this.#startedAt ?? 0)) * this.#speed;
    return atMs - elapsedMs < ROUNDING_MS ? 0 : atMs - elapsedMs;
  }

  after(ms: number, run: () => void): () => void {
    return this.#clock.after(ms / this.#speed, run);
  }

  /** What was replied to this request: the first time it is asked the first reply, and so on; then the last again. */
  replyTo(type: string, payload: unknown): Payload | undefined {
    const replies = this.script.replies(type, payload);
    const times = this.#times.get(replies) ?? 0;
    this.#times.set(replies, times + 1);
    return replies[Math.min(times, replies.length - 1)];
  }
}

/** A topic that the client holds. */
interface Hold {
  readonly part: Part;
  /** When what follows is of another part. */
  readonly untilMs: number;
  /** The next of the part's lines. */
  next: number;
  /** The last offset the client knows. */
  offset: number;
  /** The client has its present state, and was told so or is about to be. */
  isCurrent: boolean;
}

/** A recording as one connection has it. */
class Playback implements Visit {
  readonly #player: Player;
  readonly #peer: Peer;
  readonly #held = new Map<string, Hold>();
  #cancel = () => {};

  constructor(player: Player, peer: Peer) {
    this.#player = player;
    this.#peer = peer;
    player.begin();
    if (!player.isSession) return;
    // Without a heartbeat: a recording does not die.
    const told = { connectionId: "recording", protocol: 2, heartbeatIntervalMs: 0, maxConnectionLifespanMs: 0 };
    this.#say("session.welcome", { ...told, serverTime: 0, server: "recording" });
  }

  received(text: string): void {
    const frame: ClientFrame = JSON.parse(text);
    const { type, payload, id } = frame;
    const subscribed = this.#player.script.topic("subscribe", type, payload);
    const unsubscribed = this.#player.script.topic("unsubscribe", type, payload);
    if (subscribed !== undefined) this.#subscribe(frame, subscribed);
    else if (unsubscribed !== undefined) this.#unsubscribe(frame, unsubscribed);
    else if (type === "ping") this.#say("pong", undefined, id);
    else if (type === "auth.login") this.#reply(frame, { status: "ok", message: "Logged in" });
    else this.#reply(frame, this.#player.replyTo(type, payload) ?? notRecorded(type, payload));
  }

  left(): void {
    this.#cancel();
    this.#held.clear();
  }

  #subscribe(frame: ClientFrame, topic: string): void {
    const held = this.#held.get(topic);
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
    const hold = { part, untilMs, next: 0, offset, isCurrent: isRecovered };
    this.#held.set(topic, hold);
    this.#reply(frame, replyOf(part, frame.resume, isRecovered));
    this.#catchUp(hold);
    if (isRecovered) this.#say("subscription.current", { topic, epoch: part.reply.epoch, offset: hold.offset });
    this.#playOn();
  }

  #unsubscribe(frame: ClientFrame, topic: string): void {
    this.#held.delete(topic);
    this.#reply(frame, { status: "ok", message: "Unsubscribed", topic });
    this.#playOn();
  }

  /** What was recorded of a topic by now. */
  #catchUp(hold: Hold): void {
    const { lines } = hold.part;
    for (let line = lines[hold.next]; line && this.#player.until(line.atMs) === 0; line = lines[hold.next]) {
      this.#sayLine(hold, line);
    }
  }

  /** Says what is due, in the order of the recording, and waits for what comes next. */
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
      this.#sayLine(next.hold, next.line);
    }
  }

  /** What comes first of all that is held: a line, or without one the end of its part. */
  #next(): { readonly hold: Hold; readonly atMs: number; readonly line: Line | undefined } | undefined {
    let first: { readonly hold: Hold; readonly atMs: number; readonly line: Line | undefined } | undefined;
    for (const hold of this.#held.values()) {
      const line = hold.part.lines[hold.next];
      const atMs = line?.atMs ?? hold.untilMs;
      const isFirst =
        !first || atMs < first.atMs || (atMs === first.atMs && (line?.order ?? 0) < (first.line?.order ?? 0));
      if (atMs < Number.POSITIVE_INFINITY && isFirst) first = { hold, atMs, line };
    }
    return first;
  }

  #sayLine(hold: Hold, { type, payload }: Line): void {
    hold.next++;
    const { topic, offset } = payload as { readonly topic: string; readonly offset?: number };
    if (type === "subscription.ended") this.#held.delete(topic);
    if (type === "subscription.current") {
      if (!hold.isCurrent) this.#say(type, payload);
      hold.isCurrent = true;
    } else if (offset === undefined || offset > hold.offset) {
      hold.offset = offset ?? hold.offset;
      this.#say(type, payload);
    }
  }

  #reply({ type, id }: ClientFrame, payload: object): void {
    this.#say(`${type}.response`, payload, this.#player.isSession ? id : undefined);
  }

  #say(type: string, payload?: object, id?: ClientFrame["id"]): void {
    this.#peer.say(JSON.stringify({ type, payload, id }));
  }
}

function isWithin({ reply }: Part, resume: Position | undefined): resume is Position {
  return resume !== undefined && resume.epoch === reply.epoch && resume.offset >= Number(reply.offset);
}

/** The recorded reply, as it is to who comes from nowhere, from within the part, or from elsewhere. */
function replyOf({ reply }: Part, resume: Position | undefined, isRecovered: boolean): Payload {
  const { snapshot, recovered, ...position } = reply;
  if (isRecovered) return { ...position, offset: resume?.offset, recovered: true };
  return { ...position, ...(snapshot === true && { snapshot }), ...(resume && { recovered: false }) };
}

function notRecorded(type: string, payload: unknown): Payload {
  const message = `This is a recording, which has no ${type} with ${JSON.stringify(payload ?? {})}`;
  const topic = type.endsWith("subscribe") ? { topic: "" } : {};
  return { status: "error", code: "not_recorded", message, ...topic };
}
