import type { Lease, TransactionStore } from "@tetra/tts-core";

/** A store whose appends to the leased transaction are refused once somebody else holds the lease. */
export function fencedStore(store: TransactionStore, lease: Lease): TransactionStore {
  return {
    ...store,
    append: (id, revision, events, options) =>
      store.append(
        id,
        revision,
        events,
        id === lease.id ? { fence: lease.fence, ...options } : options,
      ),
  };
}
