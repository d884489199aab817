import type { Fault, Frame } from "./faulty-proxy.js";

/** A fault of a client, planted on its connections and on the lines between it and the suite. */
export interface ClientFault extends Fault {
  /** Changes a line to the client; undefined drops it. Further lines can be sent to either side. */
  readonly toProcess?: (line: Frame, lines: Lines) => Frame;
  /** Changes a line of the client; undefined drops it. */
  readonly fromProcess?: (line: Frame, lines: Lines) => Frame;
}

/** The two directions of the line protocol. */
export interface Lines {
  readonly state: Map<string, Frame>;
  toProcess(line: object): void;
  toSuite(line: object): void;
}
