import { type InjectionKey, inject } from "vue";
import type { Client } from "../client.js";

/**
 * The key under which an app provides its client: `app.provide(clientKey, client)`. All copies of this package share it, because an
 * application can import the ESM build while a library requires the CommonJS build.
 */
export const clientKey: InjectionKey<Client> = /* @__PURE__ */ Symbol.for("@trading/ws-client/vue");

/**
 * Returns the client that the app or a parent component provides.
 *
 * @throws Error without one
 */
export function useClient(): Client {
  const client = inject(clientKey, undefined);
  if (client === undefined) throw new Error("No client: call app.provide(clientKey, client) before app.mount()");
  return client;
}
