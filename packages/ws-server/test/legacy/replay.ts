import { once } from "node:events";
import { isDeepStrictEqual } from "node:util";
import { WebSocket } from "ws";
import type { Close, Recording, Step } from "./recordings.js";

/** An intended difference between a server and FastWS. */
export interface Deviation {
  /** The recorded step's index. */
  readonly step: number;
  /** The steps that replace it, in the form of a recording. */
  readonly instead: readonly Step[];
  /** The reason for the difference. */
  readonly why: string;
}

export interface ReplayOptions {
  /** The server, without a path: `ws://127.0.0.1:8000`. */
  readonly url: string;
  /** Makes the server's source publish. */
  publish(topic: string, update: unknown): void | Promise<void>;
  /** Returns the part of a frame to compare, recorded or received. @default `JSON.parse`, so that 150.0 is 150 */
  normalise?(frame: string): unknown;
  /** @default the computer's clock */
  wait?(seconds: number): void | Promise<void>;
  readonly deviations?: readonly Deviation[];
  /** Milliseconds after which a frame or a close counts as missing. @default 60_000 */
  readonly patienceMs?: number;
}

/**
 * Sends the recorded messages to a server, and compares its replies with the recorded ones.
 *
 * @returns a text for each difference. The replay ends at a missing frame, because the rest of the conversation would
 *   not match
 * @throws RangeError for a deviation of a step that does not exist
 */
export async function replay(recording: Recording, options: ReplayOptions): Promise<string[]> {
  return new Replay(recording, options).run();
}

/**
 * A `normalise` for a server that sends positions: members next to a `topic`, which FastWS does not have. An update of
 * the 1.x dialect has no topic, and must not have positions.
 */
export function withoutPositions(frame: string): unknown {
  const message = JSON.parse(frame);
  if (typeof message?.payload?.topic !== "string") return message;
  const { epoch, retention, offset, snapshot, ...payload } = message.payload;
  return { ...message, payload };
}

class Replay {
  readonly #recording: Recording;
  readonly #options: ReplayOptions;
  readonly #players = new Map<string, Player>();
  readonly #differences: string[] = [];

  constructor(recording: Recording, options: ReplayOptions) {
    this.#recording = recording;
    this.#options = options;
  }

  async run(): Promise<string[]> {
    try {
      if (await this.#playAll()) await this.#expectNothingMore();
    } finally {
      for (const player of this.#players.values()) player.cut();
    }
    return this.#differences;
  }

  /** @returns whether the conversation was completed */
  async #playAll(): Promise<boolean> {
    for (const [index, step] of stepsWith(this.#options.deviations ?? [], this.#recording)) {
      const where = `${this.#recording.name}, step ${index}${step.client ? ` (client ${step.client})` : ""}`;
      try {
        await this.#play(step, where);
      } catch (error) {
        if (!(error instanceof Missing)) throw error;
        this.#differences.push(`${where}: ${error.message}`);
        return false;
      }
    }
    return true;
  }

  async #play(step: Step, where: string): Promise<void> {
    if ("publish" in step) return this.#options.publish(step.publish.topic, step.publish.update);
    const player = await this.#player(step);
    if ("send" in step) player.socket.send(step.send);
    else if ("sendBytes" in step) player.socket.send(Buffer.from(step.sendBytes, "hex"));
    else if ("wait" in step) await (this.#options.wait ?? sleep)(step.wait);
    else if ("leave" in step) await player.leave();
    else if ("close" in step) this.#compare(where, step.close, await player.close(step.close));
    else this.#compare(where, this.#normalise(step.receive), this.#normalise(await player.receive(step.receive)));
  }

  async #player({ client = "", path = this.#recording.path }: Step): Promise<Player> {
    const known = this.#players.get(client);
    if (known) return known;
    const player = new Player(`${this.#options.url}${path}`, this.#options.patienceMs ?? 60_000);
    this.#players.set(client, player);
    await player.opened();
    return player;
  }

  async #expectNothingMore(): Promise<void> {
    for (const [client, player] of this.#players) {
      const where = `${this.#recording.name}, after the last step${client ? ` (client ${client})` : ""}`;
      const ended = player.ended;
      for (const frame of await player.rest()) this.#differences.push(`${where}: expected nothing, got ${frame}`);
      if (!ended && player.ended) this.#differences.push(`${where}: expected nothing, got ${shown(player.ended)}`);
    }
  }

  #compare(where: string, expected: unknown, actual: unknown): void {
    if (isDeepStrictEqual(expected, actual)) return;
    this.#differences.push(`${where}: expected ${shown(expected)}, got ${shown(actual)}`);
  }

  #normalise(frame: string): unknown {
    return (this.#options.normalise ?? JSON.parse)(frame);
  }
}

/** One client of the conversation. */
class Player {
  readonly socket: WebSocket;
  readonly #open: Promise<unknown>;
  readonly #patienceMs: number;
  readonly #unread: string[] = [];
  #wake = () => {};
  /** Set once the connection is closed. */
  ended: Close | undefined;

  constructor(url: string, patienceMs: number) {
    this.socket = new WebSocket(url);
    this.#patienceMs = patienceMs;
    this.#open = once(this.socket, "open");
    this.socket.on("message", (data) => {
      this.#unread.push(String(data));
      this.#wake();
    });
    this.socket.once("close", (code, reason) => {
      this.ended = { code, reason: String(reason) };
      this.#wake();
    });
    this.socket.on("error", () => {});
  }

  /** @throws Missing if the server refuses the connection */
  async opened(): Promise<void> {
    await this.#open.catch((error: Error) => {
      throw new Missing(`expected a connection to ${this.socket.url}, got ${error.message}`);
    });
  }

  /** @throws Missing if the connection closes first, or nothing arrives */
  async receive(expected: string): Promise<string> {
    const come = await this.#until(() => this.#unread.length > 0 || this.ended !== undefined);
    const frame = this.#unread.shift();
    if (frame !== undefined) return frame;
    throw new Missing(`expected ${expected}, got ${come ? shown(this.ended) : "nothing"}`);
  }

  /** @throws Missing if a frame arrives first, or nothing */
  async close(expected: Close): Promise<Close> {
    await this.#until(() => this.#unread.length > 0 || this.ended !== undefined);
    const [frame] = this.#unread;
    if (frame === undefined && this.ended) return this.ended;
    throw new Missing(`expected ${shown(expected)}, got ${frame ?? "nothing"}`);
  }

  async leave(): Promise<void> {
    this.socket.close();
    await this.#until(() => this.ended !== undefined);
  }

  /** Returns the frames that no step expects. It waits for a few pongs, which arrive after those frames. */
  async rest(): Promise<readonly string[]> {
    for (let round = 0; round < 3 && !this.ended; round++) {
      let answered = false;
      this.socket.once("pong", () => {
        answered = true;
        this.#wake();
      });
      this.socket.ping();
      await this.#until(() => answered || this.ended !== undefined);
    }
    return this.#unread;
  }

  cut(): void {
    this.socket.terminate();
  }

  /** @returns false if it did not happen in time */
  async #until(holds: () => boolean): Promise<boolean> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, this.#patienceMs);
    while (!holds() && !late) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(timer);
    return holds();
  }
}

/** A recorded frame or close that did not arrive. */
class Missing extends Error {}

function* stepsWith(deviations: readonly Deviation[], { name, steps }: Recording): Generator<[number, Step]> {
  for (const { step } of deviations) {
    if (steps[step] === undefined)
      throw new RangeError(`${name} has no step ${step} to deviate from: it has ${steps.length}`);
  }
  for (const [index, step] of steps.entries()) {
    const deviation = deviations.find((candidate) => candidate.step === index);
    for (const actual of deviation?.instead ?? [step]) yield [index, actual];
  }
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}
