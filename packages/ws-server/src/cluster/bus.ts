/** Records which node owns the topics of a key. */
export interface Claim {
  /** The topic, or the key that its route names instead. */
  readonly key: string;
  readonly node: string;
  /** Unique and random. */
  readonly id: string;
}

/** Describes a node to the other nodes. */
export interface NodeRole {
  /** Whether the node may own topics. */
  readonly ownsTopics: boolean;
}

/** A node that is connected, with what it has published about itself. */
export interface BusNode {
  readonly node: string;
  /** A text whose meaning is the application's. */
  readonly settings: string;
}

/** Gets what happens on a bus. No method throws. */
export interface BusListener {
  onMessage(from: string, message: Uint8Array): void;
  /** The connection is open: messages and claims are possible. */
  onUp(): void;
  /** The connection is broken: messages and answers may be lost. */
  onDown(): void;
  /** There is room for messages again. */
  onDrain(): void;
  /** Another node has replaced a claim of this node. It may be notified late or never. */
  onTaken(claim: Claim): void;
}

/**
 * Connects the nodes of a cluster: carries messages between them and stores who owns what. It numbers nothing and keeps no
 * messages. `busChecks` of `./testing` verifies an implementation.
 */
export interface Bus {
  /** This node's name: new for each start of a process. */
  readonly node: string;
  readonly isUp: boolean;
  /** Identifies the life of the store of claims: it changes whenever claims may have been lost. Empty before the first `onUp`. */
  readonly incarnation: string;
  /**
   * Connects, and reconnects until `close`. Call it once.
   *
   * @param role whether this node may own topics, so that other nodes can ask it to
   */
  open(listener: BusListener, role: NodeRole): void;
  /**
   * Sends a message to a node: at most once, and in order per pair of nodes while the bus is up. It is lost while the bus is
   * down, and if the node does not exist.
   *
   * @returns false if there is no room for further messages: wait for `onDrain`
   */
  send(to: string, message: Uint8Array): boolean;
  /**
   * Claims a key, and renews a claim of this node.
   *
   * @param instead the claim to replace: without it, the key must be free; with it, exactly this claim must exist
   * @returns the claim that exists now, of any node; undefined if there is none, because `instead` no longer exists
   * @throws Error if the answer is lost: the claim may have been made nevertheless
   */
  claim(mine: Claim, instead?: Claim): Promise<Claim | undefined>;
  /** Returns the claim of a key; undefined if there is none. @throws Error if the answer is lost */
  find(key: string): Promise<Claim | undefined>;
  /** Removes a claim, if it is still this one. @throws Error if the answer is lost */
  release(claim: Claim): Promise<void>;
  /** Returns whether a node has renewed its lifetime recently. @throws Error if the answer is lost */
  isAlive(node: string): Promise<boolean>;
  /** Returns the nodes that may own topics and are alive, in any order. @throws Error if the answer is lost */
  owners(): Promise<readonly string[]>;
  /**
   * Publishes the settings of this node, instead of those before, and returns those of all nodes that have published theirs and
   * are alive, in any order, this node included.
   *
   * @param settings one line of at most 4,096 characters, without secrets
   * @throws Error if the answer is lost
   */
  nodes(settings: string): Promise<readonly BusNode[]>;
  /** Disconnects, and ends the node's lifetime. */
  close(): Promise<void>;
}
