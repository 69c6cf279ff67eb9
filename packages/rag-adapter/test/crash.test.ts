import { parseChoice, parseSelector } from "@tetra/rag-adapter";
import { describe, expect, it } from "vitest";
import { type Between, type Box, makeBox, STAMP } from "./box.ts";

// Every function dies before and after each step it takes, and is called again by another process. What each is:
//
//   one append       transition, checkpoint, complete, tag, update: there or not
//   can be repeated  resume, promote, session_add_flow and session_resume; of evidence switching on or off, removing
//                    and rebasing; adding it, where the log does not tell of it
//   begun anew       create (resume makes the rest of one that is there), creating a session

const ID = `add-login-${STAMP}`;
const CHANGING: ReadonlySet<string> = new Set([
  "append",
  "create",
  "activate",
  "makeFolder",
  "replace",
  "rename",
  "remove",
  "link",
  "publish",
]);

class Death extends Error {}

/** Ports of a process that dies before (even) or after (odd) its so many changes. */
function dying(at: number): Between {
  let left = at;
  return <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function" || !CHANGING.has(String(name))) return value;
        return async (...args: unknown[]): Promise<unknown> => {
          if (left < 0) throw new Death();
          left -= 2;
          if (left === -2) {
            left = -3;
            throw new Death();
          }
          const result: unknown = await Reflect.apply(value, target, args);
          if (left === -1) throw new Death();
          return result;
        };
      },
    });
}

/** The worlds that are left when it dies at each of its steps. */
async function* worlds(
  prepare: (box: Box) => Promise<unknown>,
  act: (box: Box) => Promise<unknown>,
): AsyncGenerator<Box> {
  for (let at = 0; at < 100; at += 1) {
    const before = makeBox();
    await prepare(before);
    const died = await act(makeBox({ before, between: dying(at) })).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Death) return true;
        throw error;
      },
    );
    if (!died) return;
    yield makeBox({ before });
  }
}

const create = (box: Box): Promise<unknown> => box.flows.create({ description: "add login" });

/** What a person would see of a flow. */
async function sight(box: Box): Promise<unknown> {
  const { state } = await box.store.load(ID);
  const { last_checkpoint: _when, ...fields } = state;
  return {
    fields,
    active: await box.flows.active(),
    files: box.files.all(`/p/rag/flows/${ID}/ctx`),
    sessions: box.files.all("/p/rag/sessions"),
  };
}

describe("a flow whose maker died", () => {
  it("is not there, or is made whole by resuming it", async () => {
    const whole = makeBox();
    await create(whole);
    const expected = await sight(whole);
    let half = 0;
    for await (const box of worlds(async () => undefined, create)) {
      const ids = await box.store.find("");
      if (ids.length === 0) continue;
      half += 1;
      await box.flows.resume("1");
      expect(await sight(box)).toEqual(expected);
    }
    expect(half).toBeGreaterThan(5);
  });
});

describe("one append", () => {
  it.each([
    ["transition", 2, (box: Box) => box.flows.transition("SUBMIT")],
    ["checkpoint", 3, (box: Box) => box.flows.checkpoint({ stage: "SELECT" })],
    ["complete", 4, (box: Box) => box.flows.complete({ lessons: ["a"] })],
    ["tag", 1, (box: Box) => box.flows.tag(["a"])],
    ["update", 1, (box: Box) => box.flows.update(undefined, { qa_id: "x" })],
  ])("%s is there whole or not at all", async (_what, lines, act) => {
    const counts = new Set<number>();
    for await (const box of worlds(create, act)) {
      counts.add((await box.eventsOf(ID)).length - 2);
    }
    expect([...counts]).toEqual([0, lines]);
  });
});

const withSources = async (box: Box): Promise<void> => {
  await create(box);
  for (const name of ["a.ts", "b.ts", "c.ts"]) box.files.put(`/p/${name}`, `${name}\n`);
};
const piece = (name: string): { selector: ReturnType<typeof parseSelector>; path: string } => ({
  selector: parseSelector(name),
  path: `/p/${name}`,
});
const withEvidence = async (box: Box): Promise<void> => {
  await withSources(box);
  for (const name of ["a.ts", "b.ts", "c.ts"]) await box.flows.evidence.add(ID, piece(name));
  await box.flows.evidence.remove(ID, parseChoice("100"));
};

describe("what can be repeated", () => {
  it.each([
    ["resume", withSources, (box: Box) => box.flows.resume(ID)],
    [
      "switch evidence off",
      withEvidence,
      (box: Box) => box.flows.evidence.toggle(ID, parseChoice("*"), false),
    ],
    ["rebase", withEvidence, (box: Box) => box.flows.evidence.rebase(ID)],
  ])("%s, after a death at any step, comes to the same", async (_what, prepare, act) => {
    const straight = makeBox();
    await prepare(straight);
    await act(straight);
    const expected = await sight(straight);
    let deaths = 0;
    for await (const box of worlds(prepare, act)) {
      deaths += 1;
      await act(box);
      expect(await sight(box)).toEqual(expected);
    }
    expect(deaths).toBeGreaterThan(1);
  });

  it.each([
    ["adding", (box: Box) => box.flows.evidence.add(ID, piece("a.ts"))],
    ["linking", (box: Box) => box.flows.evidence.link(ID, piece("a.ts"))],
  ])(
    "%s evidence is repeated where the log does not tell of it, and comes to the same",
    async (_what, act) => {
      const straight = makeBox();
      await withSources(straight);
      await act(straight);
      const [expected, events] = [await sight(straight), await straight.eventsOf(ID)];
      for await (const box of worlds(withSources, act)) {
        if ((await box.eventsOf(ID)).length < events.length) await act(box);
        expect(await sight(box)).toEqual(expected);
        expect(await box.eventsOf(ID)).toEqual(events);
      }
    },
  );

  it("a session that is made is current in the end, whatever died", async () => {
    for await (const box of worlds(withSources, (one) => one.sessions.create("auth"))) {
      const { session_id } = await box.sessions.create("auth");
      expect(await box.sessions.active()).toBe(session_id);
    }
  });

  it("evidence is recorded once, and before anybody hears of it", async () => {
    for await (const box of worlds(withSources, (one) =>
      one.flows.evidence.add(ID, piece("a.ts")),
    )) {
      const recorded = (await box.eventsOf(ID)).filter((name) => name === "evidence_added").length;
      const there = (await box.flows.evidence.list(ID)).length;
      expect(recorded).toBeLessThanOrEqual(there);
      await box.flows.evidence.add(ID, piece("b.ts"));
      const names = (await box.flows.evidence.list(ID)).map(({ name }) => name);
      expect(new Set(names).size).toBe(there + 1);
    }
  });

  it("removing evidence goes on where it died, and nothing is gone that the log does not tell of", async () => {
    const remove = (box: Box): Promise<unknown> => box.flows.evidence.remove(ID, parseChoice("*"));
    const told = async (box: Box): Promise<number> =>
      (await box.eventsOf(ID)).filter((name) => name === "evidence_selected").length;
    for await (const box of worlds(withEvidence, remove)) {
      const left = await box.flows.evidence.list(ID);
      expect(left.length === 2 || (await told(box)) === 2).toBe(true);
      if (left.length > 0) await remove(box);
      expect(await box.flows.evidence.list(ID)).toEqual([]);
    }
  });

  it("promoting is done or not, and can then be done", async () => {
    const prepare = async (box: Box): Promise<void> => {
      await create(box);
      box.files.put(`/p/rag/flows/${ID}/events.ndjson`, "log");
    };
    const outcomes = new Set<string>();
    for await (const box of worlds(prepare, (one) => one.promote(ID))) {
      outcomes.add(
        await box.promote(ID).then(
          () => "made",
          () => "was there",
        ),
      );
      expect(box.files.text(`/home/me/.tetra/rag/flows/${ID}/events.ndjson`)).toBe("log");
    }
    expect([...outcomes].toSorted()).toEqual(["made", "was there"]);
  });

  it("a session is current or not, and its flows are whole", async () => {
    const prepare = (box: Box): Promise<unknown> => box.sessions.create("auth");
    for await (const box of worlds(prepare, (one) => one.sessions.addFlow("t-1"))) {
      await box.sessions.addFlow("t-1");
      expect((await box.sessions.state()).flows).toEqual(["t-1"]);
    }
  });
});

describe("two at once", () => {
  it("that move a flow both move it, one after the other", async () => {
    const box = makeBox();
    await create(box);
    const moves = ["SELECT", "ASSEMBLE", "SUBMIT", "APPLY"].map((stage) =>
      box.flows.transition(stage),
    );
    const froms = (await Promise.all(moves)).map(({ from }) => from);

    const names = await box.eventsOf(ID);
    expect(names.slice(2)).toEqual(
      Array.from({ length: 4 }, () => ["rag_stage", "stage_transition"]).flat(),
    );
    expect(new Set(froms).size).toBeGreaterThan(1);
  });

  it("that add evidence get ranks of their own", async () => {
    const box = makeBox();
    await withSources(box);
    const other = makeBox({ before: box });
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        (at % 2 === 0 ? box : other).flows.evidence.add(ID, piece("a.ts")),
      ),
    );

    const ranks = (await box.flows.evidence.list(ID)).map(({ rank }) => rank);
    expect(ranks).toEqual(Array.from({ length: 20 }, (_, at) => 100 + 10 * at));
  });

  it("that complete a flow complete it twice, and it moves once", async () => {
    const box = makeBox();
    await create(box);
    await Promise.all(["a", "b"].map((lesson) => box.flows.complete({ lessons: [lesson] }, ID)));

    const { state } = await box.store.load(ID);
    expect(state["lessons"]).toHaveLength(2);
    expect(state["lessons"]).toEqual(expect.arrayContaining(["a", "b"]));
    const names = await box.eventsOf(ID);
    expect(names.filter((name) => name === "flow_complete")).toHaveLength(2);
    expect(names.filter((name) => name === "stage_transition")).toHaveLength(1);
  });
});
