import { ok, refuses, same } from "./check.ts";
import {
  AT_MS,
  beginning,
  evidence,
  ID,
  type ReopenRule,
  type Rule,
  setting,
  upTo,
} from "./rule.ts";

const runner = { name: "runner", atMs: AT_MS };
const OTHER = `${ID}-2`;

/** Somebody who follows: already when this is made. */
interface Following {
  /** Goes on until this id comes. What comes before it does not matter: ids may come without a change. */
  comes(id: string): Promise<void>;
  /** Goes on until it ends. @returns what came until then. */
  ends(): Promise<readonly string[]>;
}

function following(changes: AsyncIterable<string>): Following {
  const iterator = changes[Symbol.asyncIterator]();
  let coming = iterator.next();
  const next = async (): Promise<string | undefined> => {
    const { value, done } = await coming;
    if (done === true) return undefined;
    coming = iterator.next();
    return value;
  };
  return {
    async comes(id) {
      for (;;) {
        const came = await next();
        if (came === undefined) throw new Error(`the iteration ended before ${id} came`);
        if (came === id) return;
      }
    },
    async ends() {
      const seen: string[] = [];
      for (;;) {
        const came = await next();
        if (came === undefined) return seen;
        seen.push(came);
      }
    },
  };
}

/** Rules of following all transactions. */
export const CHANGES_RULES: readonly Rule[] = [
  {
    name: "changes: a new transaction, each append, evidence and leases",
    async check(store) {
      const changes = following(store.changes());

      await store.create(ID, beginning(ID));
      await changes.comes(ID);
      await store.append(ID, 1, [setting({ a: 1 })]);
      await changes.comes(ID);
      await store.addContext(ID, evidence("notes", "text"));
      await changes.comes(ID);
      const lease = await store.lease(ID, runner);
      await changes.comes(ID);
      await store.append(ID, lease.revision, [setting({ b: 1 })], { fence: lease.fence });
      await changes.comes(ID);
      await store.createLeased(OTHER, beginning(OTHER), runner);
      await changes.comes(OTHER);
    },
  },
  {
    name: "changes: when an id comes, its log has the change; also of 20 made and changed at once",
    async check(store) {
      const abort = new AbortController();
      const ids = upTo(20).map((at) => `${ID}-${at + 2}`);
      const revisions = new Map<string, number>();
      const watching = (async (): Promise<void> => {
        for await (const id of store.changes({ signal: abort.signal })) {
          revisions.set(id, (await store.load(id)).revision);
          if (ids.every((known) => revisions.get(known) === 4)) break;
        }
      })();

      await Promise.all(
        ids.map(async (id) => {
          await store.create(id, beginning(id));
          for (const at of [1, 2, 3]) await store.append(id, at, [setting({ at })]);
        }),
      );

      await watching;
    },
  },
  {
    name: "changes: nothing is missed between the first call and what is read after it",
    async check(store) {
      await store.create(ID, beginning(ID));
      const changes = following(store.changes());
      const appending = store.append(ID, 1, [setting({ a: 1 })]);
      const { revision } = await store.load(ID);

      await appending;

      // either it was there when it was read, or it is told of
      if (revision === 1) await changes.comes(ID);
    },
  },
  {
    name: "changes: aborting ends it without an error, while it waits and before it begins",
    async check(store) {
      await store.create(ID, beginning(ID));
      const abort = new AbortController();
      const changes = following(store.changes({ signal: abort.signal }));
      await store.append(ID, 1, [setting({ a: 1 })]);
      await changes.comes(ID);

      abort.abort();

      const rest = await changes.ends();
      ok(
        rest.every((id) => id === ID),
        `ids that nobody changed: ${rest.join()}`,
      );
      for await (const id of store.changes({ signal: abort.signal })) {
        throw new Error(`${id} came though it was over`);
      }
    },
  },
  {
    name: "changes: closing the store ends it",
    async check(store) {
      await store.create(ID, beginning(ID));
      const changes = following(store.changes());
      await store.append(ID, 1, [setting({ a: 1 })]);
      await changes.comes(ID);

      await store.close();

      await changes.ends();
    },
  },
];

/** The same for several stores over the same data. */
export const SHARED_CHANGES_RULES: readonly ReopenRule[] = [
  {
    name: "two stores: following one shows what the other makes and changes, each time",
    async checkReopened(store, reopen) {
      const other = await reopen();
      await store.create(ID, beginning(ID));
      const changes = following(store.changes());

      for (const at of upTo(10)) {
        await other.append(ID, at + 1, [setting({ at })]);
        await changes.comes(ID);
      }

      await other.create(OTHER, beginning(OTHER));
      await changes.comes(OTHER);
    },
  },
  {
    name: "two stores: several follow at once, and one that ends leaves the others following",
    async checkReopened(store, reopen) {
      const other = await reopen();
      await store.create(ID, beginning(ID));
      const abort = new AbortController();
      const one = following(store.changes({ signal: abort.signal }));
      const others = [following(other.changes()), following(other.changes())];
      await store.append(ID, 1, [setting({ a: 1 })]);
      await Promise.all([one, ...others].map((changes) => changes.comes(ID)));

      abort.abort();
      await store.append(ID, 2, [setting({ a: 2 })]);

      await Promise.all(others.map((changes) => changes.comes(ID)));
      same((await store.load(ID)).revision, 3, "the revision");
    },
  },
  {
    name: "two stores: a lease that came with the creation is held against the other, until it closes",
    async checkReopened(store, reopen) {
      const other = await reopen();
      await store.createLeased(ID, beginning(ID), runner);
      await refuses(other.lease(ID, runner), "BUSY", "taking it from the other store");

      await store.close();

      const lease = await other.lease(ID, runner);
      same([lease.fence, lease.revision], [2, 3], "the next lease");
      await lease.release();
    },
  },
];
