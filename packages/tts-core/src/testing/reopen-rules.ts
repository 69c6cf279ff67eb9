import { ok, race, refuses, same } from "./check.ts";
import {
  appendAnyhow,
  AT_MS,
  beginning,
  bytesOf,
  evidence,
  ID,
  moving,
  places,
  type ReopenRule,
  setting,
  take,
  textOf,
  upTo,
} from "./rule.ts";

const runner = { name: "runner", atMs: AT_MS };

/** Rules of data that outlive their store, and of several stores over the same data. */
export const REOPEN_RULES: readonly ReopenRule[] = [
  {
    name: "reopen: everything is there",
    async checkReopened(store, reopen) {
      const other = `${ID}-2`;
      await store.create(ID, beginning(ID));
      await store.create(other, beginning(other));
      await store.append(ID, 1, [moving("NEW", "EXECUTE"), setting({ a: [1] })]);
      const added = await store.addContext(ID, evidence("notes", "text"));
      await store.putArtifact(ID, "logs/out", bytesOf("out"));
      await store.activate(ID);
      const before = [await store.load(ID), await store.read(ID), await store.list()];
      const digest = await store.contextDigest(ID);
      await store.close();

      const again = await reopen();

      same([await again.load(ID), await again.read(ID), await again.list()], before, "the data");
      same(textOf(await again.readContext(ID, added.name)), "text", "the evidence");
      same(textOf(await again.readArtifact(ID, "logs/out")), "out", "the artifact");
      same(
        [await again.active(), await again.contextDigest(ID)],
        [ID, digest],
        "active and digest",
      );
      same(await again.append(ID, 4, [setting({ b: 1 })]), 5, "the revision after carrying on");
    },
  },
  {
    name: "reopen: closing gives leases back, and fences go on",
    async checkReopened(store, reopen) {
      await store.create(ID, beginning(ID));
      await store.lease(ID, runner);
      await store.close();

      const again = await reopen();
      const lease = await again.lease(ID, runner);

      same([lease.fence, lease.revision], [2, 3], "the next lease");
      await lease.release();
    },
  },
  {
    name: "two stores: what one wrote the other sees at once",
    async checkReopened(store, reopen) {
      const other = await reopen();
      await store.create(ID, beginning(ID));
      same(await other.append(ID, 1, [setting({ a: 1 })]), 2, "the other's revision");
      same(await store.append(ID, 2, [setting({ b: 1 })]), 3, "the one's revision");
      await other.activate(ID);

      same(await store.load(ID), await other.load(ID), "the transaction");
      same([await store.active(), await other.find("deploy")], [ID, [ID]], "active and found");
      const states = [(await other.load(ID)).state];
      same([await store.list(), await other.list()], [states, states], "the lists");
      await refuses(store.append(ID, 2, [setting({})]), "CONFLICT", "an old revision");
    },
  },
  {
    name: "two stores: 8 writers lose no line and write none twice; 10 adds get 10 numbers",
    async checkReopened(store, reopen) {
      const stores = [store, await reopen()];
      await store.create(ID, beginning(ID));

      await Promise.all([
        ...upTo(8).map(async (writer) => {
          for (const turn of upTo(4)) {
            const events = [setting({ writer }), setting({ turn })];
            await appendAnyhow(stores[writer % 2] ?? store, ID, events);
          }
        }),
        ...upTo(10).map((at) => (stores[at % 2] ?? store).addContext(ID, evidence("e", `${at}`))),
      ]);

      same(places(await store.read(ID)), upTo(1 + 8 * 4 * 2 + 10), "the places of the lines");
      const numbers = (await store.listContext(ID)).slice(2).map(({ name }) => name.slice(0, 3));
      same(
        numbers,
        upTo(10).map((at) => `${100 + 10 * at}`),
        "the numbers",
      );
    },
  },
  {
    name: "two stores: of 10 that create one id, one wins; of 10 that take a lease, one gets it",
    async checkReopened(store, reopen) {
      const stores = [store, await reopen()];
      const creating = upTo(10).map((at) => (stores[at % 2] ?? store).create(ID, beginning(ID)));
      same((await race(creating, "EXISTS")).length, 1, "how many created it");

      const taking = upTo(10).map((at) => (stores[at % 2] ?? store).lease(ID, runner));
      const leases = await race(taking, "BUSY");

      same([leases.length, leases[0]?.fence], [1, 1], "how many got the lease, and its fence");
      await Promise.all(leases.map((lease) => lease.release()));
      ok((await store.lease(ID, runner)).fence === 2, "the lease was not given back");
    },
  },
  {
    name: "two stores: watching one shows what the other writes",
    async checkReopened(store, reopen) {
      const other = await reopen();
      await store.create(ID, beginning(ID));
      const watching = take(store.watch(ID), 21);

      for (const at of upTo(10)) await other.append(ID, 1 + 2 * at, [setting({ at }), setting({})]);

      same(places(await watching), upTo(21), "the lines seen");
    },
  },
];
