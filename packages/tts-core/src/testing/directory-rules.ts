import { ok, refuses, same } from "./check.ts";
import { AWKWARD, beginning, ID, moving, type Rule, upTo } from "./rule.ts";

/** Rules of listing, finding, and the active transaction. */
export const DIRECTORY_RULES: readonly Rule[] = [
  {
    name: "list: newest first by the id's time, then by id; ids without a time come last",
    async check(store) {
      const newestFirst = [
        "b-20260301T000000",
        "a-20260201T000000",
        "a-20260201T000000-2",
        "z-20260101T235959",
        "c-20251231T000000",
        "imported",
      ];
      for (const id of newestFirst.toSorted()) await store.create(id, beginning(id));

      const listed = (await store.list()).map(({ txn_id }) => txn_id);

      same(listed, newestFirst, "the order");
    },
  },
  {
    name: "list: states as load gives them, of one stage when asked, read anew when asked",
    async check(store) {
      const ids = upTo(6).map((at) => `t${at}-2026010${6 - at}T000000`);
      for (const id of ids) await store.create(id, beginning(id));
      for (const id of ids.slice(2)) await store.append(id, 1, [moving("NEW", "EXECUTE")]);
      for (const id of ids.slice(4)) await store.append(id, 2, [moving("EXECUTE", "DONE")]);

      for (const fresh of [false, true]) {
        const all = await store.list({ fresh });
        const loaded = await Promise.all(ids.map(async (id) => (await store.load(id)).state));
        same(all, loaded, "the states listed");
        for (const stage of ["NEW", "EXECUTE", "DONE", "FAIL"]) {
          const expected = loaded.filter((state) => state.stage === stage);
          same(await store.list({ stage, fresh }), expected, `those in ${stage}`);
        }
      }
    },
  },
  {
    name: "list: 30 that are created at once are all there",
    async check(store) {
      const ids = upTo(30).map((at) => `${ID}-${at + 2}`);

      await Promise.all(ids.map((id) => store.create(id, beginning(id))));

      const listed = (await store.list()).map(({ txn_id }) => txn_id);
      same(listed.toSorted(), ids.toSorted(), "the ids");
    },
  },
  {
    name: "find: ids that begin with the prefix, sorted; every character stands for itself",
    async check(store) {
      const ids = ["a%b-1", "a_b-1", "ab-1", "ab-2", "a*b-1", "a\\b-1", "A-1", "é-1", ...AWKWARD];
      for (const id of ids) await store.create(id, beginning(id));

      same(await store.find("ab"), ["ab-1", "ab-2"], "ab");
      same(await store.find("ab-2"), ["ab-2"], "a whole id");
      for (const prefix of ["a%", "a_", "a*", "a\\", "A", "é", ...AWKWARD]) {
        const expected = ids.filter((id) => id.startsWith(prefix));
        same(await store.find(prefix), expected, JSON.stringify(prefix));
      }
      same((await store.find("")).length, ids.length, "how many there are");
      for (const prefix of ["nobody", "ab-22", "../", "/", ".", "active"]) {
        same(await store.find(prefix), [], JSON.stringify(prefix));
      }
    },
  },
  {
    name: "active: none at first, then whichever was made active last, then none again",
    async check(store) {
      const ids = [ID, ...AWKWARD];
      for (const id of ids) await store.create(id, beginning(id));
      ok((await store.active()) === undefined, "something is active at first");

      for (const id of ids) {
        await store.activate(id);
        same(await store.active(), id, "the active one");
      }
      await store.activate(undefined);
      await store.activate(undefined);

      ok((await store.active()) === undefined, "something is still active");
    },
  },
  {
    name: "active: an unknown id is refused, and the active one stays",
    async check(store) {
      await store.create(ID, beginning(ID));
      await store.activate(ID);

      await refuses(store.activate("nobody-20260101T000000"), "NOT_FOUND", "activating nobody");

      same(await store.active(), ID, "the active one");
    },
  },
  {
    name: "active: of several made active at once, one is",
    async check(store) {
      const ids = upTo(8).map((at) => `${ID}-${at + 2}`);
      for (const id of ids) await store.create(id, beginning(id));

      await Promise.all(ids.map((id) => store.activate(id)));

      ok(ids.includes((await store.active()) ?? ""), "none of them is active");
    },
  },
];
