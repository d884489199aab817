import { vi } from "vitest";
import { createApp, defineComponent, h, nextTick } from "vue";
import type { ClientOptions } from "../../src/index.js";
import { clientKey } from "../../src/vue/index.js";
import { setUp } from "../helpers/harness.js";
import { ManualFrames } from "../helpers/manual-frames.js";
import { tick } from "../helpers/memory-network.js";

/** Returns a component that renders the text that `setup` returns. */
export const component = (setup: () => () => unknown) =>
  defineComponent({
    setup() {
      const text = setup();
      return () => h("p", `${text()}`);
    },
  });

/** Mounts a component under a connected client of a session on an in-memory network. */
export async function mount(
  root: ReturnType<typeof defineComponent>,
  { errors = [], ...options }: Partial<ClientOptions> & { errors?: unknown[] } = {},
) {
  const set = setUp(options);
  const frames = new ManualFrames();
  vi.stubGlobal("requestAnimationFrame", frames.request);
  const container = document.createElement("div");
  const app = createApp(root).provide(clientKey, set.client);
  app.config.errorHandler = (error) => errors.push(error);
  app.mount(container);
  /** Runs an action, and waits for the client, without running a frame. */
  const before = async (action: () => void) => {
    action();
    await tick();
    await nextTick();
  };
  /** Runs an action, then a frame. */
  const during = async (action: () => void) => {
    await before(action);
    frames.paint();
    await nextTick();
  };
  await during(() => set.network.socket.welcome());
  return {
    ...set,
    app,
    frames,
    before,
    during,
    socket: set.network.socket,
    shown: () => container.textContent,
    /** The types of the frames sent on all sockets. */
    sent: () => set.network.sockets.flatMap(({ sent }) => sent.map(({ type }) => type)),
    /** Closes the connection and opens the next one. */
    async reconnect() {
      await during(() => set.network.socket.end());
      await during(() => set.clock.advance(1_000));
      await during(() => set.network.socket.welcome());
      return set.network.socket;
    },
  };
}
