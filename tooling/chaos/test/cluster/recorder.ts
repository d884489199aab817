import type { Gap } from "@trading/ws-client";
import type { Journal, ListenerJournal, ListenerStatus, Position, RunJournal } from "../../src/index.js";
import { KEPT_UPDATES, positionOf, type RouteName, type Update, updateAt } from "./routes.js";

/**
 * Records in a journal what a listener receives, and what was published for it. The latter is known from positions alone: an
 * update with an offset proves that all lower ones of its epoch were published. Each listener has a separate topic in the
 * journal, because two runs of a topic can publish at the same time, and listeners see them in their own order.
 */
export class Recorder {
  readonly name: string;
  readonly #journal: Journal;
  readonly #listener: ListenerJournal;
  readonly #isLog: boolean;
  readonly #runs = new Map<string, { readonly journal: RunJournal; offset: number }>();
  /** The epoch that the listener is in. */
  #epoch: string | undefined;
  #hasReceived = false;
  /** Its events in short, for the message of a failure: of updates in a row, the first and the last. */
  readonly trail: string[] = [];
  #isInRow = false;

  constructor(name: string, route: RouteName, journal: Journal) {
    this.name = name;
    this.#journal = journal;
    this.#isLog = route === "log";
    this.#listener = journal.listener(name, this.#isLog ? "log" : "keyed", {
      keptUpdates: this.#isLog ? KEPT_UPDATES : 0,
    });
  }

  /** @returns what is wrong, if it was received from another epoch without a gap */
  update(update: Update, offset: number | undefined): string | undefined {
    const position = positionOf(update);
    const isSilentMove = this.#hasReceived && position.epoch !== this.#epoch;
    this.#hasReceived = true;
    this.published(position);
    this.#listener.update({ id: update.id, offset });
    const isThird = this.#isInRow && this.trail.at(-1)?.startsWith("… ");
    if (isThird) this.trail.pop();
    this.#note(this.#isInRow ? `… ${update.id}` : update.id, true);
    if (isSilentMove && this.#isLog) return `${this.name}: ${update.id} came after another epoch, without a gap`;
    return undefined;
  }

  gap({ snapshot, before, after }: Gap): void {
    if (after !== undefined) this.published(after);
    this.#hasReceived = true;
    this.#listener.gap({ snapshot, before, after });
    this.#note(`gap ${before?.epoch}/${before?.offset} to ${after?.epoch}/${after?.offset}`);
  }

  /** @param position the client's, if the server has confirmed the topic */
  status(status: ListenerStatus, position: Position | undefined): void {
    // Due are the updates after the first reply of the server. A keyed topic begins with its state, of any offsets.
    if (this.#epoch === undefined && position !== undefined)
      this.#begin(position.epoch, this.#isLog ? position.offset : 0);
    this.#listener.status(status);
    this.#note(`${status} ${position?.epoch}/${position?.offset}`);
  }

  stopped(): void {
    this.#listener.stopped();
  }

  /** Records that all updates up to a position were published, in the epoch that the listener is in now. */
  published({ epoch, offset }: Position): void {
    if (this.#epoch !== epoch) this.#begin(epoch, this.#runs.get(epoch)?.offset ?? 0);
    const run = this.#runs.get(epoch) as { readonly journal: RunJournal; offset: number };
    while (run.offset < offset) {
      const { id, key } = updateAt(epoch, ++run.offset);
      run.journal.published({ id, offset: run.offset, key });
    }
  }

  #note(event: string, isUpdate = false): void {
    this.trail.push(event);
    this.#isInRow = isUpdate;
  }

  #begin(epoch: string, offset: number): void {
    this.#epoch = epoch;
    this.#runs.set(epoch, { journal: this.#journal.run(this.name, epoch), offset });
  }
}
