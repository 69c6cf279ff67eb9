import { isTetraError } from "@tetra/errors";
import { withStore } from "../open-store.ts";
import { joinedSignal } from "../run/joined-signal.ts";
import { toldEvent } from "../saga/told-event.ts";
import type { Session } from "./session.ts";
import { type ToldTransaction, tellTransaction } from "./told-transaction.ts";
import type { TransactionView } from "./transaction-view.ts";

/** How long, and until when, somebody waits. */
export interface Wait {
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** How often somebody who waits is told that nothing has happened. */
const TOLD_EVERY_MS = 5000;
/** How often it is looked again, where nobody could tell of a change: what is not in the log may change too. */
const LOOK_EVERY_MS = 1000;

/**
 * Waits until a transaction is as it should be, the time is over, or nobody wants to know any more.
 * @returns how it stands then
 */
export async function awaited(
  { app }: Pick<Session, "app">,
  id: string,
  { isThere, wait }: { readonly isThere: (view: TransactionView) => boolean; readonly wait: Wait },
): Promise<ToldTransaction> {
  let told = await tellTransaction(app, id);
  if (isThere(told.view) || wait.seconds === 0) return told;
  const over = joinedSignal([wait.signal], { timeoutMs: wait.seconds * 1000 });
  const changed = changes();
  const listening = new AbortController();
  const heard = listen(app, told.view.id, {
    tell: wait.tell,
    onLine: changed.ring,
    signal: listening.signal,
  });
  const waiting = setInterval(() => wait.tell(`${id}: still waiting`), TOLD_EVERY_MS);
  const looking = setInterval(changed.ring, LOOK_EVERY_MS);
  over.signal.addEventListener("abort", changed.ring);
  try {
    while (!over.signal.aborted) {
      await changed.next();
      told = await tellTransaction(app, told.view.id);
      if (isThere(told.view)) break;
    }
  } finally {
    clearInterval(waiting);
    clearInterval(looking);
    over.dispose();
    listening.abort();
    await heard;
  }
  return told;
}

interface Listening {
  readonly tell: (line: string) => void;
  readonly onLine: () => void;
  readonly signal: AbortSignal;
}

/** Tells of new lines of the log as they come. */
async function listen(
  app: Session["app"],
  id: string,
  { tell, onLine, signal }: Listening,
): Promise<void> {
  try {
    await withStore(app, "read", async ({ store }) => {
      const from = (await store.read(id)).length;
      for await (const { event } of store.watch(id, { from, signal })) {
        const told = event && toldEvent(event);
        if (told !== undefined) tell(told);
        onLine();
      }
    });
  } catch (error) {
    // it is looked again every second all the same
    if (!isTetraError(error)) throw error;
  }
}

function changes(): { readonly ring: () => void; readonly next: () => Promise<void> } {
  let rung = false;
  let wake = (): void => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    async next() {
      if (!rung) await new Promise<void>((resolve) => (wake = resolve));
      rung = false;
    },
  };
}
