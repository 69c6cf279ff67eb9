import type { TransactionStore } from "../ports.ts";
import { BLOB_RULES } from "./blob-rules.ts";
import { CHANGES_RULES, SHARED_CHANGES_RULES } from "./changes-rules.ts";
import { DIRECTORY_RULES } from "./directory-rules.ts";
import { LEASE_RULES } from "./lease-rules.ts";
import { LOG_RULES } from "./log-rules.ts";
import { REOPEN_RULES } from "./reopen-rules.ts";
import type { StoreFixture } from "./rule.ts";
import { WATCH_RULES } from "./watch-rules.ts";

/** One promise of the store port, ready to be run by any test framework. */
export interface ConformanceCase {
  /** The promise, in plain words. */
  readonly name: string;
  /**
   * Tries it on a store of its own; throws when the promise is broken. Nothing in it waits for time to
   * pass: a watch that never brings its line is ended by the framework's own limit.
   */
  readonly run: () => Promise<void>;
}

/**
 * Everything that a {@link TransactionStore} must do, races included. `open` is called once per case and
 * must give an empty store each time. A fixture without `reopen` skips what only shared or lasting data
 * can show.
 *
 * @example
 * for (const { name, run } of conformanceCases(open)) it(name, run);
 */
export function conformanceCases(open: () => Promise<StoreFixture>): readonly ConformanceCase[] {
  const rules = [
    ...LOG_RULES,
    ...LEASE_RULES,
    ...WATCH_RULES,
    ...CHANGES_RULES,
    ...BLOB_RULES,
    ...DIRECTORY_RULES,
  ];
  return [
    ...rules.map(({ name, check }) => ({
      name,
      run: () => withFixture(open, ({ store }) => check(store)),
    })),
    ...[...REOPEN_RULES, ...SHARED_CHANGES_RULES].map(({ name, checkReopened }) => ({
      name,
      run: () =>
        withFixture(open, async ({ store, reopen }) => {
          if (reopen !== undefined) await checkReopened(store, reopen);
        }),
    })),
  ];
}

/** Opens, tries, and closes every store that was opened on the way, whatever happened. */
async function withFixture(
  open: () => Promise<StoreFixture>,
  use: (fixture: StoreFixture) => Promise<void>,
): Promise<void> {
  const fixture = await open();
  const stores: TransactionStore[] = [fixture.store];
  const { reopen } = fixture;
  const reopenTracked = async (): Promise<TransactionStore> => {
    const store = (await reopen?.()) ?? fixture.store;
    stores.push(store);
    return store;
  };
  try {
    await use(reopen === undefined ? fixture : { ...fixture, reopen: reopenTracked });
  } finally {
    for (const store of stores) await store.close();
    await fixture.cleanup();
  }
}
