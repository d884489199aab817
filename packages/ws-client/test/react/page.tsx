import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeAll } from "vitest";
import type { Client, ClientOptions } from "../../src/index.js";
import { ClientProvider } from "../../src/react/index.js";
import { setUp } from "../helpers/harness.js";
import { type Confirmation, type MemorySocket, tick } from "../helpers/memory-network.js";

beforeAll(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
});

const roots: Root[] = [];
afterEach(async () => {
  for (const root of roots.splice(0)) await act(async () => root.unmount());
});

/** A root in the document's memory, unmounted after the test. */
export function rootOf(container: Element, options?: Parameters<typeof createRoot>[1]): Root {
  const root = createRoot(container, options);
  roots.push(root);
  return root;
}

/** Frames that the test makes. */
export class ManualFrames {
  #waiting: (() => void)[] = [];
  readonly request = (callback: () => void): void => {
    this.#waiting.push(callback);
  };

  /** How many frames were asked for and not made yet. */
  get pending(): number {
    return this.#waiting.length;
  }

  paint(): void {
    for (const callback of this.#waiting.splice(0)) callback();
  }
}

/** Calls a hook, and tells the result of each render. */
export function Probe<Result>({
  useResult,
  onRender,
}: {
  useResult: () => Result;
  onRender: (result: Result) => void;
}): null {
  onRender(useResult());
  return null;
}

/** How many taps of a client are in use. */
export function countTaps(client: Client): () => number {
  const { tap } = client;
  let used = 0;
  Object.defineProperty(client, "tap", {
    value: (...given: Parameters<Client["tap"]>) => {
      const stop = tap.apply(client, given);
      used += 1;
      return () => {
        used -= 1;
        stop();
      };
    },
  });
  return () => used;
}

/** Renders under a client in memory, whose socket stands. */
export async function render(page: ReactNode, options: Partial<ClientOptions> & { session?: boolean } = {}) {
  const { session = false, ...clientOptions } = options;
  const set = setUp(clientOptions);
  const frames = new ManualFrames();
  const container = document.createElement("div");
  const root = rootOf(container);
  /** Runs something and lets React settle, without a frame. */
  const before = (what: () => void) =>
    act(async () => {
      what();
      await tick();
    });
  /** The same, and makes a frame. */
  const during = async (what: () => void) => {
    await before(what);
    await act(async () => frames.paint());
  };
  const show = (node: ReactNode) =>
    during(() =>
      root.render(
        <ClientProvider client={set.client} requestFrame={frames.request}>
          {node}
        </ClientProvider>,
      ),
    );
  const stand = () => during(() => (session ? set.network.socket.welcome() : set.network.socket.accept()));
  await show(page);
  await stand();
  return {
    ...set,
    frames,
    container,
    root,
    before,
    during,
    show,
    /** The first socket. */
    socket: set.network.socket as MemorySocket,
    /** The types of the frames that all sockets were sent. */
    sent: () => set.network.sockets.flatMap(({ sent }) => sent.map(({ type }) => type)),
    /** The connection is lost, and the next one stands. */
    async reconnect() {
      await during(() => set.network.socket.end());
      await during(() => set.clock.advance(1_000));
      await stand();
      return set.network.socket;
    },
  };
}

/** A confirmation of a topic with a key, at a position. */
export const keyed = (offset: number, more: Confirmation = {}): Confirmation => ({
  epoch: "e1",
  retention: "keyed",
  offset,
  ...more,
});

/** A confirmation of a log, at a position. */
export const log = (offset: number, more: Confirmation = {}): Confirmation => ({
  epoch: "e1",
  retention: "log",
  offset,
  ...more,
});
