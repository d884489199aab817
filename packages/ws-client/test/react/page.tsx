import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { onTestFinished } from "vitest";
import type { Client, ClientOptions } from "../../src/index.js";
import { ClientProvider } from "../../src/react/index.js";
import { setUp } from "../helpers/harness.js";
import { ManualFrames } from "../helpers/manual-frames.js";
import { type MemorySocket, tick } from "../helpers/memory-network.js";

/** Creates a root that is unmounted after the test. */
export function rootOf(container: Element, options?: Parameters<typeof createRoot>[1]): Root {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  const root = createRoot(container, options);
  onTestFinished(() => act(async () => root.unmount()));
  return root;
}

/** Calls a hook and reports the result of each render. */
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

/** Returns a function that counts the active listeners of a client's method. */
export function countListeners<Method extends "onState" | "tap">(client: Client, method: Method): () => number {
  const listen = client[method] as (...given: Parameters<Client[Method]>) => () => void;
  let active = 0;
  Object.defineProperty(client, method, {
    value: (...given: Parameters<Client[Method]>) => {
      const stop = listen.apply(client, given);
      active += 1;
      let isActive = true;
      return () => {
        if (isActive) active -= 1;
        isActive = false;
        stop();
      };
    },
  });
  return () => active;
}

/** Renders under a connected client on an in-memory network. */
export async function render(page: ReactNode, options: Partial<ClientOptions> & { session?: boolean } = {}) {
  const { session = false, ...clientOptions } = options;
  const set = setUp(clientOptions);
  const frames = new ManualFrames();
  const container = document.createElement("div");
  const root = rootOf(container);
  /** Runs an action and waits for React, without running a frame. */
  const before = (action: () => void) =>
    act(async () => {
      action();
      await tick();
    });
  /** Runs an action, waits for React and runs a frame. */
  const during = async (action: () => void) => {
    await before(action);
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
  const accept = () => during(() => (session ? set.network.socket.welcome() : set.network.socket.accept()));
  await show(page);
  await accept();
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
    /** Returns the types of the frames sent on all sockets. */
    sent: () => set.network.sockets.flatMap(({ sent }) => sent.map(({ type }) => type)),
    /** Closes the connection and opens the next one. */
    async reconnect() {
      await during(() => set.network.socket.end());
      await during(() => set.clock.advance(1_000));
      await accept();
      return set.network.socket;
    },
  };
}
