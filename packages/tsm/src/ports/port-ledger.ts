import { formatLedger, type Ledger, type LedgerRow, parseLedger, rowsOf } from "./ledger.ts";
import { type PortStore, textOf, withPortLock, writeBook } from "./port-store.ts";

/** The rows of `registry.tsv`, as they were written; what is may differ by now. */
export function readLedger({ fs, registry }: PortStore): readonly LedgerRow[] {
  return rowsOf(parseLedger(textOf(fs, registry)));
}

/**
 * Changes the ledger while nobody else does.
 * @throws TetraError `SERVICE_BUSY`
 */
export async function changeLedger<Result>(
  store: PortStore,
  act: (ledger: Ledger) => { readonly ledger: Ledger; readonly result: Result },
): Promise<Result> {
  const { fs, registry } = store;
  return withPortLock(store, () => {
    const before = textOf(fs, registry);
    const { ledger, result } = act(parseLedger(before));
    const after = formatLedger(ledger);
    if (after !== before) writeBook(fs, registry, after);
    return result;
  });
}

/** Now, as the ledger writes times. */
export function nowS({ clock }: PortStore): number {
  return Math.floor(clock.now() / 1000);
}
