import { ok, race, refuses, same } from "./check.ts";
import { AT_MS, beginning, ID, type Rule, setting, upTo } from "./rule.ts";

const runner = { name: "runner-1", atMs: AT_MS };

/** Rules of leases and fences. */
export const LEASE_RULES: readonly Rule[] = [
  {
    name: "lease: taking it is recorded, with the first fence",
    async check(store) {
      await store.create(ID, beginning(ID));

      const lease = await store.lease(ID, runner);

      same([lease.id, lease.fence, lease.revision], [ID, 1, 2], "the lease");
      const { revision, fence } = await store.load(ID);
      same([revision, fence], [2, 1], "what the log tells");
      const event = (await store.read(ID)).at(-1)?.event;
      same(
        [event?.event, event?.["fence"], event?.["runner"], event?.ts_ms],
        ["lease_taken", 1, "runner-1", AT_MS],
        "the event",
      );
      await lease.release();
    },
  },
  {
    name: "lease: BUSY while somebody holds it, and nothing is recorded",
    async check(store) {
      await store.create(ID, beginning(ID));
      const lease = await store.lease(ID, runner);

      await refuses(store.lease(ID, runner), "BUSY", "taking it a second time");

      same((await store.load(ID)).revision, 2, "the revision after the refusal");
      await lease.release();
    },
  },
  {
    name: "lease: who does not hold it can still append, so that a cancellation is heard",
    async check(store) {
      await store.create(ID, beginning(ID));
      const lease = await store.lease(ID, runner);

      const revision = await store.append(ID, lease.revision, [setting({ please: "stop" })]);

      same(revision, 3, "the revision");
      await lease.release();
    },
  },
  {
    name: "lease: after a release the next one has a fence one higher; releasing twice is harmless",
    async check(store) {
      await store.create(ID, beginning(ID));
      const first = await store.lease(ID, runner);
      await first.release();
      await first.release();

      const second = await store.lease(ID, { name: "runner-2", atMs: AT_MS });
      await first.release();

      same([second.fence, second.revision], [2, 3], "the second lease");
      await refuses(store.lease(ID, runner), "BUSY", "taking what the second one holds");
      await second.release();
      same((await store.lease(ID, runner)).fence, 3, "the third fence");
    },
  },
  {
    name: "lease: an append with an older fence is a CONFLICT, also at the right revision",
    async check(store) {
      await store.create(ID, beginning(ID));
      const paused = await store.lease(ID, runner);
      const withPaused = { fence: paused.fence };
      await store.append(ID, 2, [setting({ owner: 1 })], withPaused);
      await paused.release();
      const current = await store.lease(ID, runner);

      const late = store.append(ID, current.revision, [setting({ owner: "late" })], withPaused);
      await refuses(late, "CONFLICT", "the old owner's append");

      same((await store.load(ID)).state["owner"], 1, "what the old owner left");
      const revision = await store.append(ID, current.revision, [setting({ owner: 2 })], {
        fence: current.fence,
      });
      same(revision, 5, "the revision after the new owner's append");
      await current.release();
    },
  },
  {
    name: "lease: of 10 that take it at once, exactly one gets it",
    async check(store) {
      await store.create(ID, beginning(ID));

      const leases = await race(
        upTo(10).map((at) => store.lease(ID, { name: `runner-${at}`, atMs: AT_MS })),
        "BUSY",
      );

      same(leases.length, 1, "how many got it");
      same((await store.load(ID)).revision, 2, "the revision");
      await Promise.all(leases.map((lease) => lease.release()));
    },
  },
  {
    name: "lease: each transaction has its own",
    async check(store) {
      const ids = [`${ID}-2`, `${ID}-3`];
      for (const id of ids) await store.create(id, beginning(id));

      const leases = await Promise.all(ids.map((id) => store.lease(id, runner)));

      ok(
        leases.every(({ fence }) => fence === 1),
        "a lease of one transaction raised another's fence",
      );
      await Promise.all(leases.map((lease) => lease.release()));
    },
  },
];
