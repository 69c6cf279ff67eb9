import type { TetraError } from "@tetra/errors";
import type { Route } from "../levels/connector-level.ts";
import type { ConnectorOptions } from "./options.ts";

/** One way to run programs somewhere. There is one for each type of route. */
export interface RouteConnector<R extends Route = Route> {
  /**
   * Makes sure that commands can be sent.
   * @returns how long it took, in milliseconds; `undefined` when there was nothing to do.
   */
  connect(subject: string, route: R, options: ConnectorOptions): Promise<number | undefined>;

  /** Prepares for one command. */
  passage(route: R, options: ConnectorOptions): Passage;

  /** Whether its program must stay in the caller's session, to ask on the terminal. */
  readonly isOnTerminal: boolean;

  /**
   * Tells whether it was the way that failed, and not what ran at its end.
   * @returns `undefined` when what ran there ended by itself.
   */
  wayFailure(subject: string, ended: WayEnd<R>): Promise<TetraError | undefined>;

  /** Closes what `connect` left open. */
  disconnect(route: R, options: ConnectorOptions): Promise<void>;
}

/** What one command needs of its way. */
export interface Passage {
  /** What the program for this route gets before everything else. */
  readonly sessionOptions: readonly string[];
  /** What that program has said of itself, apart from what ran at its end. */
  words(): string;
  /** Clears away. */
  end(): void;
}

/** A way without words of its own. */
export const PLAIN_PASSAGE: Passage = { sessionOptions: [], words: () => "", end: () => {} };

/** How the program that leads to a place ended. */
export interface WayEnd<R extends Route = Route> {
  readonly route: R;
  readonly options: ConnectorOptions;
  /** `null` when a signal ended it. */
  readonly status: number | null;
  /** What it said of itself, where that is apart from what ran at its end. */
  readonly ownWords: string;
  /** The beginning of standard error. */
  readonly stderr: string;
}
