import { type Route, TopicError } from "@trading/topic";
import type { Module, StreamServer } from "@trading/ws-server";
import { Problem } from "../http/problem.js";

/** An update that another program publishes. */
export interface OutsideUpdate {
  readonly route: string;
  readonly params: unknown;
  readonly update: unknown;
}

/** The result of publishing. */
export interface Published {
  /** Number of published updates. */
  readonly published: number;
  /** Topics without a subscriber, which did not receive theirs. */
  readonly notRunning: readonly string[];
}

/** Publishes updates of other programs to running topics, validated by their routes. */
export class Publishing {
  readonly #stream: Pick<StreamServer, "publish">;
  readonly #routes: ReadonlyMap<string, Route<unknown>>;

  constructor(stream: Pick<StreamServer, "publish">, modules: readonly Module[]) {
    this.#stream = stream;
    const routes = modules.flatMap((module) => module.routes.map(({ route }) => route as unknown as Route<unknown>));
    this.#routes = new Map(routes.map((route) => [route.name, route]));
  }

  /**
   * Publishes updates in their order.
   *
   * @throws Problem for the first invalid update, or if none of the topics runs; then nothing was published
   */
  publish(updates: readonly OutsideUpdate[]): Published {
    const checked = updates.map((update, index) =>
      this.#check(update, updates.length === 1 ? "" : `updates.${index}: `),
    );
    const notRunning = new Set<string>();
    let published = 0;
    for (const { route, params, update, topic } of checked) {
      if (this.#stream.publish(route, params, update)) published++;
      else notRunning.add(topic);
    }
    if (published > 0 || updates.length === 0) return { published, notRunning: [...notRunning] };
    const [topic] = notRunning;
    throw new Problem(409, `The topic ${topic} does not run: it starts when a client subscribes to it.`, "not_running");
  }

  #check({ route: name, params: givenParams, update: given }: OutsideUpdate, at: string) {
    const route = this.#routes.get(name);
    if (route === undefined) {
      const known = [...this.#routes.keys()].join(", ");
      throw new Problem(404, `${at}Unknown route ${JSON.stringify(name)}: expected one of ${known}.`, "unknown_route");
    }
    try {
      const params = route.parseParams(givenParams);
      return { route, params, update: route.parseUpdate(given), topic: route.buildTopic(params) };
    } catch (error) {
      if (error instanceof TopicError) throw new Problem(400, `${at}${error.message}`, error.code);
      throw error;
    }
  }
}
