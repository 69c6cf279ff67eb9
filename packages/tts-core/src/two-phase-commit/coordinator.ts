import { isTetraError, TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";
import type { Lease, Runner } from "../ports.ts";
import type { Progress } from "./drive.ts";
import { type Held, newHeld } from "./held.ts";
import type { Participant } from "./participant.ts";
import type { TwoPhasePorts } from "./ports.ts";

/** The transactions whose leases one coordinator holds. */
export interface Coordinator {
  readonly ports: TwoPhasePorts;
  readonly held: Map<string, Held>;
}

/** Who carries transactions on here, and since now. */
export function runnerOf({ clock, runner = "two-phase-commit" }: TwoPhasePorts): Runner {
  return { name: runner, atMs: clock.now() };
}

/** Takes a transaction's lease; `undefined` when somebody alive has it, or the transaction is gone. */
export async function claim(
  { ports, held }: Coordinator,
  id: string,
  participants: readonly Participant[],
): Promise<Held | undefined> {
  let lease: Lease;
  try {
    lease = await ports.store.lease(id, runnerOf(ports));
  } catch (error) {
    if (isTetraError(error, "BUSY") || isTetraError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
  const claimed = newHeld(lease, participants, false);
  held.set(id, claimed);
  return claimed;
}

/** Gives a transaction back, so that any process may carry it on. */
export async function letGo({ held }: Coordinator, one: Held): Promise<void> {
  held.delete(one.id);
  await one.lease.release();
}

/**
 * Does something with a transaction while nobody else of this process does; an overtaken one is let go.
 * @throws TetraError `BUSY` when something else is being done with it.
 */
export async function exclusively<T>(
  coordinator: Coordinator,
  held: Held,
  { doing, run }: { readonly doing: string; readonly run: () => Promise<T> },
): Promise<T> {
  if (held.doing !== undefined) throw busy(held.id, `somebody ${held.doing} it already`);
  held.doing = doing;
  try {
    return await run();
  } catch (error) {
    if (isTetraError(error, "LEASE_LOST")) await letGo(coordinator, held);
    throw error;
  } finally {
    held.doing = undefined;
  }
}

/** After an attempt: what is over here, or only a person or another process can carry on, is let go. */
export async function settleAccounts(
  coordinator: Coordinator,
  held: Held,
  progress: Progress,
): Promise<void> {
  if (progress !== "waiting") await letGo(coordinator, held);
}

/** The error for a transaction that is not to be touched now. */
export function busy(id: string, why: string): TetraError<TtsErrorCode> {
  return new TetraError("BUSY", `${id}: ${why}`, {
    hint: "let it end, or recover it when its process has died",
    details: { id },
  });
}
