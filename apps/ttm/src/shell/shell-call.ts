/** A function that a sourced shell file was asked for. */
export interface ShellCall {
  /** The function's name, such as `txn_create`. */
  readonly name: string;
  readonly args: readonly string[];
  /** The calling shell's `$PWD`, absolute. */
  readonly cwd: string;
  readonly umask: number;
  /** What the calling shell has in the variables that functions look at, exported or not. */
  readonly env: Readonly<Record<string, string>>;
}

/** What the calling shell has to print, set, publish and return. */
export interface ShellAnswer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Variables to set in the calling shell; `undefined` unsets. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** For `ttm_publish`, in order: event, transaction id, data. */
  readonly published?: readonly (readonly [event: string, id: string, data: string])[];
}

/** Answers a call; what the caller did wrong is an answer too, never thrown. */
export type ShellFunction = (call: ShellCall) => Promise<ShellAnswer>;

/** Functions by name. */
export type ShellFunctions = Readonly<Record<string, ShellFunction>>;
