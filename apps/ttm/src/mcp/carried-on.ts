import { isTetraError } from "@tetra/errors";
import { joinedSignal } from "../run/joined-signal.ts";
import { awaited } from "./awaited.ts";
import type { Errand } from "./carrier.ts";
import type { ToolCall } from "./tool.ts";
import { type ToldTransaction, tellTransaction } from "./told-transaction.ts";
import type { Phase, TransactionView } from "./transaction-view.ts";

/** What is carried on, and how long somebody waits for it. */
export interface CarryingOn {
  readonly id: string;
  readonly errand: Errand;
  readonly seconds: number;
  /** Called when the client takes its call back: not when it is gone. */
  readonly onCancelled?: () => Promise<unknown>;
}

const UNDER_WAY: ReadonlySet<Phase> = new Set(["running", "undoing"]);

/**
 * Carries a saga on until it has ended, waits for somebody, or the time is over: then it goes on alone.
 * @returns how it stands then
 * @throws TetraError what keeps it from being carried on
 */
export async function carriedOn(
  { session, signal, tell }: ToolCall,
  { id, errand, seconds, onCancelled }: CarryingOn,
): Promise<ToldTransaction> {
  const { app, carrier } = session;
  const silence = carrier.listen(id, tell);
  const over = joinedSignal([signal], { timeoutMs: seconds * 1000 });
  try {
    const carried = carrier.carry(id, errand);
    await Promise.race([carried, aborted(over.signal)]);
    if (signal.aborted && session.isConnected()) {
      await onCancelled?.();
      await carried;
    }
  } catch (error) {
    if (!isTetraError(error, "BUSY")) throw error;
    // somebody else does: it is waited for just the same
    const wait = { seconds, signal, tell };
    const isThere = ({ phase }: TransactionView): boolean => !UNDER_WAY.has(phase);
    const told = await awaited(session, id, { isThere, wait });
    if (signal.aborted && session.isConnected()) await onCancelled?.();
    return told;
  } finally {
    over.dispose();
    silence();
  }
  return tellTransaction(app, id);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
