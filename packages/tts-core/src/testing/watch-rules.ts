import { refuses, same } from "./check.ts";
import {
  appendAnyhow,
  AT_MS,
  beginning,
  evidence,
  ID,
  places,
  type Rule,
  setting,
  take,
  upTo,
} from "./rule.ts";

/** Rules of following a transaction. */
export const WATCH_RULES: readonly Rule[] = [
  {
    name: "watch: the lines there are, then each new one, evidence and leases too",
    async check(store) {
      await store.create(ID, beginning(ID));
      await store.append(ID, 1, [setting({ a: 1 })]);
      const seen: (string | undefined)[] = [];
      const watching = (async (): Promise<void> => {
        for await (const { event } of store.watch(ID)) {
          seen.push(event?.event);
          // only now, so that the line is new to a watch that has caught up
          if (seen.length === 2) await store.addContext(ID, evidence("notes", "text"));
          if (seen.length === 3)
            await (await store.lease(ID, { name: "r", atMs: AT_MS })).release();
          if (seen.length === 4) await store.append(ID, 4, [setting({ b: 1 }), setting({ c: 1 })]);
          if (seen.length === 6) break;
        }
      })();

      await watching;

      same(
        seen,
        ["txn_start", "txn_update", "evidence_added", "lease_taken", "txn_update", "txn_update"],
        "the events seen",
      );
      same(places(await store.read(ID)), upTo(6), "the log");
    },
  },
  {
    name: "watch: the lines are the ones that read gives",
    async check(store) {
      await store.create(ID, beginning(ID));
      await store.append(ID, 1, [setting({ a: 1 }), setting({ "b\n": '"' })]);

      same(await take(store.watch(ID), 3), await store.read(ID), "the lines");
    },
  },
  {
    name: "watch: lines to skip are skipped, also those that are still to come",
    async check(store) {
      await store.create(ID, beginning(ID));
      await store.append(ID, 1, [setting({ a: 1 })]);
      const second = take(store.watch(ID, { from: 1 }), 1);
      const fifth = take(store.watch(ID, { from: 4 }), 1);

      for (const at of [2, 3, 4]) await store.append(ID, at, [setting({ at })]);

      same(places(await second), [1], "the line after the first");
      same(places(await fifth), [4], "the line that came later");
    },
  },
  {
    name: "watch: aborting ends it without an error, while it waits and before it begins",
    async check(store) {
      await store.create(ID, beginning(ID));
      const abort = new AbortController();
      const seen: unknown[] = [];
      for await (const line of store.watch(ID, { signal: abort.signal })) {
        seen.push(line.event?.event);
        void Promise.resolve().then(() => abort.abort()); // by then the watch waits for a second line
      }

      same(seen, ["txn_start"], "what was seen before the abort");
      await take(store.watch(ID, { signal: abort.signal }), 99);
    },
  },
  {
    name: "watch: no line is lost or comes twice while 4 writers append, however many watch",
    async check(store) {
      await store.create(ID, beginning(ID));
      const total = 1 + 4 * 10 * 2;
      const watching = [0, 0, 7, 30].map((from) => take(store.watch(ID, { from }), total - from));

      await Promise.all(
        upTo(4).map(async (writer) => {
          for (const turn of upTo(10)) {
            await appendAnyhow(store, ID, [setting({ writer }), setting({ turn })]);
          }
        }),
      );

      const [one, two, later, late] = await Promise.all(watching);
      same(places(one ?? []), upTo(total), "the lines the first saw");
      same(places(two ?? []), upTo(total), "the lines the second saw");
      same(places(later ?? []), upTo(total).slice(7), "the lines from the 7th on");
      same(places(late ?? []), upTo(total).slice(30), "the lines from the 30th on");
    },
  },
  {
    name: "watch: an unknown transaction is NOT_FOUND",
    async check(store) {
      await refuses(take(store.watch("nobody-20260101T000000"), 1), "NOT_FOUND", "watching it");
    },
  },
  {
    name: "close: ends every watch, and doing it twice is harmless",
    async check(store) {
      await store.create(ID, beginning(ID));
      const watching = take(store.watch(ID), 99);

      await store.close();

      await watching;
      await store.close();
    },
  },
];
