/**
 * The part of the protocol that a scenario belongs to. `required`: every peer. `session`: the session extension.
 * `older`: the legacy dialects.
 */
export type Tier = "required" | "session" | "older";

/** One scenario of the wire tier: a guarantee of PROTOCOL.md and the exchange that tests it. */
export interface Scenario<Context> {
  readonly id: string;
  /** The behaviour under test, in one line. */
  readonly title: string;
  /** The heading of PROTOCOL.md that contains the sentence. */
  readonly section: string;
  /** The sentence or table cell of PROTOCOL.md, word for word. A test compares it with the document. */
  readonly sentence: string;
  readonly tier: Tier;
  /** The features that the peer must declare. Without them the scenario is not run. */
  readonly needs: readonly string[];
  /** @throws WireFailure if the peer violates the sentence */
  readonly run: (context: Context) => Promise<void>;
}

/** The difference between the behaviour that a scenario requires and that of the peer. */
export class WireFailure extends Error {
  override readonly name = "WireFailure";
  readonly expected: string;
  readonly received: string;
  /** The first place at which two frames differ. */
  readonly difference: string | undefined;

  constructor(expected: string, received: string, difference?: string) {
    super(`expected ${expected}, received ${received}`);
    this.expected = expected;
    this.received = received;
    this.difference = difference;
  }
}

/** A problem of the test setup, such as a control endpoint that does not reply: the scenario has no result. */
export class WireFault extends Error {
  override readonly name = "WireFault";
}

/** The definition of a group of scenarios of one section and tier. */
export interface Group {
  readonly section: string;
  readonly tier: Tier;
  /** The features that every scenario of the group needs. */
  readonly needs?: readonly string[];
}

/** Returns a function that adds a scenario to a list; the group supplies section, tier and features. */
export function scenarioList<Context>() {
  const scenarios: Scenario<Context>[] = [];
  const inGroup =
    ({ section, tier, needs = [] }: Group) =>
    (
      id: string,
      title: string,
      sentence: string,
      run: Scenario<Context>["run"],
      more: readonly string[] = [],
    ): void => {
      scenarios.push({ id, title, section, sentence, tier, needs: [...needs, ...more], run });
    };
  return { scenarios, inGroup };
}
