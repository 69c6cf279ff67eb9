/** What an action gets with each call. */
export interface ActionCall<Data = unknown> {
  /** The step's data, references filled in. */
  readonly data: Data;
  /** Results of the steps done so far, by name; a group's hold those of its steps. */
  readonly results: Readonly<Record<string, unknown>>;
  /** The step's own result, when this call undoes it and the result is known. */
  readonly result?: unknown;
  /**
   * The same in every attempt and after every crash: pass it on to whatever must not do a thing twice.
   * The call that undoes a step has a key of its own.
   */
  readonly idempotencyKey: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborts when the time is up, or the saga is cancelled or turns back: stop then, and throw. */
  readonly signal: AbortSignal;
  /** Says how far it is: recorded as progress, secrets masked. `fraction` is from 0 to 1. */
  readonly log: (message: string, fraction?: number) => void;
  /** The transaction's id. */
  readonly txn: string;
  /** The step's path. */
  readonly step: string;
}

/**
 * Does a step, or undoes one. It resolves to a result that JSON can say, and throws when it has failed
 * and changed nothing. When it cannot tell whether it took effect, it throws a TetraError with the code
 * `OUTCOME_UNKNOWN`: the step is then undone if the saga turns back. It may be called again with the same
 * idempotency key after a crash.
 */
export type Action<Data = unknown, Result = unknown> = (
  call: ActionCall<Data>,
) => Result | Promise<Result>;

/** Where actions are looked up by name. */
export interface ActionRegistry {
  /** The action for this agent, or the general one of the name. */
  find(name: string, agent?: string): Action | undefined;
}

/** Reads a secret that was passed by reference (`env:NAME`, `file:PATH`). */
export interface SecretReader {
  /** @throws TetraError `SECRET_MISSING` when there is none. */
  read(reference: string): Promise<string>;
}
