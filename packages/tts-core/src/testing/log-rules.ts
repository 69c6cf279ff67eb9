import { newEvent } from "../transaction/event.ts";
import { fold } from "../transaction/transaction.ts";
import { ok, race, refuses, same } from "./check.ts";
import {
  appendAnyhow,
  AT_MS,
  AWKWARD,
  beginning,
  ID,
  moving,
  places,
  type Rule,
  setting,
  upTo,
} from "./rule.ts";

/** Rules of creating, appending and reading. */
export const LOG_RULES: readonly Rule[] = [
  {
    name: "create: the transaction begins with its first event, at revision 1",
    async check(store) {
      const revision = await store.create(ID, beginning(ID));

      same(revision, 1, "the revision that create returns");
      const { state, startedMs } = await store.load(ID);
      same(
        [state.txn_id, state.description, state.stage, state.target, state.agent, startedMs],
        [ID, "deploy api", "NEW", "@local", "human", AT_MS],
        "the state of a new transaction",
      );
      const [line, ...others] = await store.read(ID);
      same(others.length, 0, "lines after the first");
      const ts = "2026-01-01T00:00:00Z";
      const start = { ts, event: "txn_start", txn_id: ID, description: "deploy api" };
      const ours = { seq: 0, ts_ms: AT_MS, target: "@local", agent: "human", stage: "NEW" };
      same(line?.text, JSON.stringify({ ...start, ...ours }), "the text of the first line");
      same(line?.folded, true, "whether the first line counts");
    },
  },
  {
    name: "create: all first events are there, or none",
    async check(store) {
      const revision = await store.create(ID, [...beginning(ID), moving("NEW", "EXECUTE")]);

      same(revision, 2, "the revision after creating with two events");
      const transaction = await store.load(ID);
      same([transaction.revision, transaction.state.stage], [2, "EXECUTE"], "what was created");
    },
  },
  {
    name: "create: an id that is taken is refused with EXISTS, and nothing changes",
    async check(store) {
      await store.create(ID, beginning(ID));
      await store.append(ID, 1, [setting({ kept: true })]);
      const before = await store.read(ID);

      await refuses(store.create(ID, beginning(ID)), "EXISTS", "creating it again");

      same(await store.read(ID), before, "the log after the refusal");
    },
  },
  {
    name: "create: of 20 that create one id at once, exactly one wins, and what is there is the winner's",
    async check(store) {
      const winners = await race(
        upTo(20).map(async (creator) => {
          const description = `creator ${creator}`;
          await store.create(ID, beginning(ID, { description }));
          return description;
        }),
        "EXISTS",
      );

      same(winners.length, 1, "how many won");
      const { revision, state } = await store.load(ID);
      same([revision, state.description], [1, winners[0]], "what is there");
    },
  },
  {
    name: "create: an id that could leave its folder or is none is refused with INVALID_ID",
    async check(store) {
      for (const id of ["", ".", "..", ".hidden", "a/b", "../a", "/a", "a\0b", "active"]) {
        await refuses(store.create(id, beginning(id)), "INVALID_ID", `id ${JSON.stringify(id)}`);
      }
      same(await store.list(), [], "what is listed");
    },
  },
  {
    name: "ids may hold anything that other tools put into them, a leading dash and newlines too",
    async check(store) {
      for (const id of AWKWARD) {
        await store.create(id, beginning(id));
        await store.append(id, 1, [moving("NEW", "EXECUTE")]);
        const { state } = await store.load(id);
        same([state.txn_id, state.stage], [id, "EXECUTE"], `the state of ${JSON.stringify(id)}`);
      }
      const listed = (await store.list()).map(({ txn_id }) => txn_id);
      same(listed.toSorted(), AWKWARD.toSorted(), "the ids listed");
    },
  },
  {
    name: "texts come back as they were given",
    async check(store) {
      const texts = [...AWKWARD, "\u2028\u2029\u0000\u0007", "x".repeat(100_000)];
      for (const [at, text] of texts.entries()) {
        const id = `${ID}-${at + 2}`;
        await store.create(id, beginning(id, { description: text, target: text, agent: text }));
        await store.append(id, 1, [
          setting({ [text]: text }),
          newEvent("txn_fail", AT_MS, { error: text }),
        ]);
        const { state } = await store.load(id);
        same(
          [state.description, state.target, state.agent, state[text], state.last_error],
          [text, text, text, text, text],
          "the texts in the state",
        );
      }
    },
  },
  {
    name: "append: the events are in the log in order, and the new revision is returned",
    async check(store) {
      await store.create(ID, beginning(ID));

      const revisions = [
        await store.append(ID, 1, [moving("NEW", "SELECT")]),
        await store.append(ID, 2, [setting({ a: 1 }), setting({ b: [2, null, { c: "d" }] })]),
        await store.append(ID, 4, [moving("SELECT", "EXECUTE")]),
      ];

      same(revisions, [2, 4, 5], "the revisions returned");
      const lines = await store.read(ID);
      same(places(lines), [0, 1, 2, 3, 4], "the places of the lines");
      same(
        lines.map(({ event }) => event?.more ?? 0),
        [0, 0, 1, 0, 0],
        "lines still to come",
      );
      const { revision, state } = await store.load(ID);
      same(
        [revision, state.stage, state["a"], state["b"]],
        [5, "EXECUTE", 1, [2, null, { c: "d" }]],
        "what the events make",
      );
    },
  },
  {
    name: "append: another revision than the log's is a CONFLICT, and none of the events is there",
    async check(store) {
      await store.create(ID, beginning(ID));
      await store.append(ID, 1, [setting({ a: 1 })]);
      const before = await store.read(ID);

      for (const expected of [0, 1, 3, 99]) {
        const events = [setting({ b: 1 }), setting({ c: 1 }), setting({ d: 1 })];
        await refuses(store.append(ID, expected, events), "CONFLICT", `expecting ${expected}`);
      }

      same(await store.read(ID), before, "the log after the conflicts");
      same((await store.load(ID)).revision, 2, "the revision after the conflicts");
    },
  },
  {
    name: "append: of 8 that expect the same revision, exactly one wins",
    async check(store) {
      await store.create(ID, beginning(ID));
      for (const round of upTo(5)) {
        const expected = 1 + 2 * round;
        const winners = await race(
          upTo(8).map(async (writer) => {
            await store.append(ID, expected, [setting({ writer }), setting({ round })]);
            return writer;
          }),
          "CONFLICT",
        );

        same(winners.length, 1, `how many won round ${round}`);
        const { revision, state } = await store.load(ID);
        same(
          [revision, state["writer"]],
          [expected + 2, winners[0]],
          `the outcome of round ${round}`,
        );
      }
    },
  },
  {
    name: "append: 8 writers that try until they win lose no line and write none twice",
    async check(store) {
      await store.create(ID, beginning(ID));
      const turns = 5;

      await Promise.all(
        upTo(8).map(async (writer) => {
          for (const turn of upTo(turns)) {
            await appendAnyhow(store, ID, [
              setting({ by: `${writer}/${turn}` }),
              setting({ writer }),
            ]);
          }
        }),
      );

      const lines = await store.read(ID);
      same(places(lines), upTo(1 + 8 * turns * 2), "the places of the lines");
      const firsts = lines.filter(({ event }) => event?.more === 1).map(({ text }) => text);
      for (const writer of upTo(8)) {
        const hisTurns = upTo(turns).map((turn) => `"by":"${writer}/${turn}"`);
        const his = firsts.filter((text) => text.includes(`"by":"${writer}/`));
        same(his.length, turns, `how often writer ${writer} won`);
        ok(
          his.every((text, turn) => text.includes(hisTurns[turn] ?? "")),
          `the turns of writer ${writer} are out of order`,
        );
      }
    },
  },
  {
    name: "append: writers of different transactions do not disturb each other",
    async check(store) {
      const ids = upTo(8).map((at) => `${ID}-${at + 2}`);
      await Promise.all(ids.map((id) => store.create(id, beginning(id))));

      await Promise.all(
        ids.map(async (id) => {
          for (const turn of upTo(5)) await store.append(id, turn + 1, [setting({ turn })]);
        }),
      );

      for (const id of ids) same(places(await store.read(id)), upTo(6), `the log of ${id}`);
    },
  },
  {
    name: "append: a reader sees all events of an append or none",
    async check(store) {
      await store.create(ID, beginning(ID));
      const writing = { isDone: false };
      const write = async (): Promise<void> => {
        try {
          for (const turn of upTo(20)) {
            const filling = "x".repeat(5000);
            const events = [setting({ a: turn }), setting({ filling }), setting({ b: turn })];
            await store.append(ID, 1 + 3 * turn, events);
          }
        } finally {
          writing.isDone = true;
        }
      };
      const read = async (): Promise<void> => {
        while (!writing.isDone) {
          const { revision, state } = await store.load(ID);
          same(revision % 3, 1, `the revision ${revision}, which is never amid an append`);
          same(state["a"], state["b"], "the two ends of an append");
          const lines = await store.read(ID);
          same(lines.length % 3, 1, `the ${lines.length} lines, which are never half an append`);
        }
      };

      await Promise.all([write(), read()]);

      same((await store.load(ID)).revision, 61, "the revision");
    },
  },
  {
    name: "append: large events and many events are no different",
    async check(store) {
      await store.create(ID, beginning(ID));
      const large = "0123456789".repeat(100_000);

      await store.append(ID, 1, [setting({ large })]);
      await store.append(
        ID,
        2,
        upTo(300).map((at) => setting({ at })),
      );

      const { revision, state } = await store.load(ID);
      same([revision, state["at"]], [302, 299], "the state after many events");
      ok(state["large"] === large, "the large text is not what was written");
    },
  },
  {
    name: "read: from a line on gives the rest, and nothing from beyond the end",
    async check(store) {
      await store.create(ID, beginning(ID));
      await store.append(ID, 1, [setting({ a: 1 }), setting({ b: 1 })]);

      const all = await store.read(ID);

      for (const from of [0, 1, 2, 3, 50]) {
        same(await store.read(ID, from), all.slice(from), `reading from ${from}`);
      }
    },
  },
  {
    name: "replay: folding what was read gives what load gives",
    async check(store) {
      await store.create(ID, beginning(ID));
      await store.append(ID, 1, [moving("NEW", "EXECUTE")]);
      await store.append(ID, 2, [
        setting({ a: { b: [1, "zwei", null] } }),
        setting({ target: "@dev" }),
      ]);
      await store.append(ID, 4, [
        newEvent("tes_resolved", AT_MS, { target: "@dev", plan: "dev.local" }),
      ]);
      const again = { from: "EXECUTE", to: "SELECT", iteration: 2 };
      await store.append(ID, 5, [newEvent("stage_transition", AT_MS + 1500, again)]);
      await store.append(ID, 6, [
        newEvent("txn_fail", AT_MS + 2000, { error: 'no "luck"\n' }),
        newEvent("stage_transition", AT_MS + 2000, { from: "SELECT", to: "FAIL" }),
      ]);

      const loaded = await store.load(ID);

      same(fold(ID, await store.read(ID)), loaded, "the fold of the log");
      same(
        [loaded.revision, loaded.state.stage, loaded.state.iteration, loaded.state.last_error],
        [8, "FAIL", 2, 'no "luck"\n'],
        "the state",
      );
      same(
        loaded.stages,
        [
          { stage: "NEW", atMs: AT_MS },
          { stage: "EXECUTE", atMs: AT_MS },
          { stage: "SELECT", atMs: AT_MS + 1500 },
          { stage: "FAIL", atMs: AT_MS + 2000 },
        ],
        "the stages",
      );
    },
  },
  {
    name: "an unknown id is NOT_FOUND wherever it is given, and nothing comes of it",
    async check(store) {
      const id = "nobody-20260101T000000";
      await refuses(store.load(id), "NOT_FOUND", "load");
      await refuses(store.read(id), "NOT_FOUND", "read");
      await refuses(store.append(id, 0, [setting({})]), "NOT_FOUND", "append");
      await refuses(store.lease(id, { name: "r", atMs: AT_MS }), "NOT_FOUND", "lease");
      same(await store.list(), [], "what is listed");
      same(await store.find(""), [], "what is found");
    },
  },
];
