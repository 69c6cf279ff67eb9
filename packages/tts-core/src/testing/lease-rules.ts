import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";
import { ok, race, refuses, same } from "./check.ts";
import { AT_MS, beginning, ID, moving, type Rule, setting, upTo } from "./rule.ts";

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
  {
    name: "lease: what is decided with it is one append with lease_taken, on the state that has it",
    async check(store) {
      await store.create(ID, beginning(ID));
      await store.append(ID, 1, [setting({ a: 1 })]);
      const seen: unknown[] = [];

      const lease = await store.lease(ID, runner, {
        decide({ revision, fence, state }) {
          seen.push([revision, fence, state["a"]]);
          return [setting({ b: 1 }), moving("NEW", "EXECUTE")];
        },
      });

      same(seen, [[3, 1, 1]], "what it was decided on");
      same([lease.fence, lease.revision], [1, 5], "the lease");
      const lines = (await store.read(ID)).slice(2).map(({ event }) => event);
      same(
        lines.map((event) => [event?.event, event?.seq, event?.more]),
        [
          ["lease_taken", 2, 2],
          ["txn_update", 3, 1],
          ["stage_transition", 4, undefined],
        ],
        "the lines",
      );
      same((await store.load(ID)).state.stage, "EXECUTE", "the stage");
      await lease.release();
    },
  },
  {
    name: "lease: when deciding throws, that is thrown, nothing is recorded and nobody holds it",
    async check(store) {
      await store.create(ID, beginning(ID));
      const refusal = new TetraError<TtsErrorCode>("INVALID_INPUT", "not like this");

      const refused = store.lease(ID, runner, {
        decide() {
          throw refusal;
        },
      });

      await refuses(refused, "INVALID_INPUT", "the lease");
      same((await store.load(ID)).revision, 1, "the revision");
      same((await store.lease(ID, runner)).fence, 1, "the fence of who comes next");
    },
  },
  {
    name: "createLeased: the first events, lease_taken and what is decided are one append",
    async check(store) {
      const lease = await store.createLeased(ID, beginning(ID), runner, {
        decide: ({ fence }) => [setting({ fence })],
      });

      same([lease.id, lease.fence, lease.revision], [ID, 1, 3], "the lease");
      const lines = (await store.read(ID)).map(({ event }) => event);
      same(
        lines.map((event) => [event?.event, event?.seq, event?.more]),
        [
          ["txn_start", 0, 2],
          ["lease_taken", 1, 1],
          ["txn_update", 2, undefined],
        ],
        "the lines",
      );
      same((await store.load(ID)).state["fence"], 1, "what was decided");
    },
  },
  {
    name: "createLeased: nobody else has the lease before it is given back, and its fence counts",
    async check(store) {
      const first = await store.createLeased(ID, beginning(ID), runner);
      await refuses(store.lease(ID, runner), "BUSY", "taking it a second time");
      const { fence } = first;
      same(await store.append(ID, 2, [setting({ a: 1 })], { fence }), 3, "the revision");
      await first.release();

      const second = await store.lease(ID, runner);

      same([second.fence, second.revision], [2, 4], "the second lease");
      const late = store.append(ID, 4, [setting({ a: 2 })], { fence });
      await refuses(late, "CONFLICT", "the old owner's append");
      await second.release();
    },
  },
  {
    name: "createLeased: an id that is taken is EXISTS, and its lease stays free",
    async check(store) {
      await store.create(ID, beginning(ID));

      await refuses(store.createLeased(ID, beginning(ID), runner), "EXISTS", "creating it again");

      same((await store.lease(ID, runner)).fence, 1, "the lease of the one that is there");
    },
  },
  {
    name: "createLeased: of 10 that create one id at once, exactly one has it and its lease",
    async check(store) {
      const creating = upTo(10).map(() => store.createLeased(ID, beginning(ID), runner));

      const leases = await race(creating, "EXISTS");

      same(leases.length, 1, "how many got it");
      await refuses(store.lease(ID, runner), "BUSY", "taking it as well");
      await Promise.all(leases.map((lease) => lease.release()));
      same((await store.lease(ID, runner)).fence, 2, "the next fence");
    },
  },
];
