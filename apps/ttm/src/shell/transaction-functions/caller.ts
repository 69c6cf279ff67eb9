import { placesOf, type Places } from "../../data-root.ts";
import type { ShellAnswer, ShellCall } from "../shell-call.ts";
import type { KeptStores } from "./kept-stores.ts";

/** Where a caller's things are. */
export interface CallerPlaces extends Places {
  /** The folder of transactions as the caller spells it: paths that are told are spelled so. */
  readonly spelled: string;
}

/** Who calls, and what the functions work with. */
export interface Caller {
  readonly call: ShellCall;
  readonly places: CallerPlaces;
  readonly stores: KeptStores;
  readonly memory: ShellMemory;
}

/** What is remembered of the shell that this process serves. */
export interface ShellMemory {
  /** The highest N of the variables `eN` that were ever set in it. */
  mostEvidence: number;
}

/** A function of the standard, as a shell calls it. What the caller did wrong may be thrown. */
export type TransactionFunction = (caller: Caller) => Promise<ShellAnswer>;

/**
 * Finds a caller's places (TTS section 1). The functions need no TETRA_DIR where TTM_DIR or TTM_TXNS_DIR
 * is set, and look at each call: a caller may point them elsewhere.
 * @throws TetraError `NO_DATA_ROOT`
 */
export function callerPlaces({ env, cwd }: Pick<ShellCall, "env" | "cwd">): CallerPlaces {
  const root = env["TETRA_DIR"] ?? "";
  const home = env["TTM_DIR"] || (root === "" ? "" : `${root}/ttm`);
  const spelled = env["TTM_TXNS_DIR"] || `${home}/txns`;
  const known = root || home || env["TTM_TXNS_DIR"] || "";
  return { ...placesOf({ env: { ...env, TETRA_DIR: known }, cwd: () => cwd }), spelled };
}

/** An argument; empty ones count as absent, as in `${1:-default}`. */
export function argument({ call }: Pick<Caller, "call">, at: number): string | undefined {
  return call.args[at] || undefined;
}
