import { join } from "node:path";
import { isBuffering } from "@tetra/tts-core/two-phase-commit";
import Database from "libsql";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type VectorParticipant,
  vectorParticipant,
  type VectorParticipantOptions,
  type VectorRecord,
} from "../../src/vector/index.ts";
import { temporaryFolder } from "../temporary-folder.ts";

function open(
  file = join(temporaryFolder(), "vectors.db"),
  options: Pick<VectorParticipantOptions, "dimensions"> = {},
): VectorParticipant {
  const participant = vectorParticipant({ name: "vectors", file, ...options });
  onTestFinished(() => participant.close());
  return participant;
}

function of(txn: string): { readonly txn: string; readonly participant: string } {
  return { txn, participant: "vectors" };
}

async function committed(
  vectors: VectorParticipant,
  txn: string,
  ...records: readonly VectorRecord[]
): Promise<void> {
  vectors.branch(txn).upsert(...records);
  await vectors.prepare(of(txn));
  await vectors.commit(of(txn));
}

function note(id: string, ...vector: readonly number[]): VectorRecord {
  return { collection: "notes", id, vector };
}

/** The same numbers in each run, from -0.5 to 0.5. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

function cosineDistance(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
  return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe("search", () => {
  it("gives the nearest first, with their distances, texts and metadata", async () => {
    const vectors = open();
    await committed(
      vectors,
      "t-1",
      { ...note("east", 1, 0), text: "to the east", metadata: { heading: 90, tags: ["e"] } },
      note("north", 0, 5),
      note("west", -2, 0),
    );

    expect(vectors.search("notes", [3, 0], 3)).toEqual([
      { id: "east", text: "to the east", metadata: { heading: 90, tags: ["e"] }, distance: 0 },
      { id: "north", text: "", metadata: {}, distance: 1 },
      { id: "west", text: "", metadata: {}, distance: 2 },
    ]);
    expect(vectors.search("notes", new Float32Array([3, 0]), 1)).toHaveLength(1);
    expect(vectors.search("notes", [3, 0], 0)).toEqual([]);
  });

  it("finds exactly what comparing with every vector finds", async () => {
    const vectors = open();
    const next = numbers(7);
    const vector = (): readonly number[] => Array.from({ length: 16 }, next);
    const records = Array.from({ length: 500 }, (_, id) => note(String(id), ...vector()));
    await committed(vectors, "t-1", ...records);
    const wanted = vector();

    const found = vectors.search("notes", wanted, 10);

    const expected = records
      .map(({ id, vector: own }) => ({
        id,
        distance: cosineDistance(Array.from(own), wanted),
      }))
      .toSorted((a, b) => a.distance - b.distance)
      .slice(0, 10);
    expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    found.forEach(({ distance }, at) =>
      expect(distance).toBeCloseTo(expected[at]?.distance ?? 9, 5),
    );
  });

  it("of a collection that is not there, or has become empty, gives nothing", async () => {
    const vectors = open();
    await committed(vectors, "t-1", note("1", 1, 0));
    vectors.branch("t-2").delete({ collection: "notes", id: "1" });
    await vectors.onePhase.commit(of("t-2"));

    expect(vectors.search("nowhere", [1, 0, 0], 5)).toEqual([]);
    expect(vectors.search("notes", [1, 0], 5)).toEqual([]);
    expect([vectors.count("notes"), vectors.count("nowhere")]).toEqual([0, 0]);
  });

  it("has a vector of zeros at 1 from everything, not in front of it", async () => {
    const vectors = open();
    await committed(vectors, "t-1", note("zero", 0, 0), note("near", 1, 0.1));

    expect(vectors.search("notes", [1, 0], 2).map(({ id }) => id)).toEqual(["near", "zero"]);
    expect(vectors.search("notes", [0, 0], 1)).toMatchObject([{ distance: 1 }]);
  });

  it("refuses another dimension, and a k that is no count", async () => {
    const vectors = open();
    await committed(vectors, "t-1", note("1", 1, 0));

    expect(() => vectors.search("notes", [1, 0, 0], 1)).toThrow(
      "notes: a vector of 3 numbers where the collection has 2",
    );
    for (const k of [-1, 1.5, Number.NaN]) {
      expect(() => vectors.search("notes", [1, 0], k)).toThrow(`k is ${k}`);
    }
  });
});

describe("writing", () => {
  it("is seen by nobody before the commit, and whole after it", async () => {
    const file = join(temporaryFolder(), "vectors.db");
    const vectors = open(file);
    const other = open(file);
    vectors.branch("t-1").upsert(note("1", 1, 0), note("2", 0, 1));
    await vectors.prepare(of("t-1"));
    const before = other.count("notes");

    await other.commit(of("t-1"));

    expect([before, vectors.count("notes")]).toEqual([0, 2]);
  });

  it("replaces what has the same collection and id, the last one staying", async () => {
    const vectors = open();
    await committed(vectors, "t-1", { ...note("1", 1, 0), text: "old" });
    await committed(
      vectors,
      "t-2",
      { ...note("1", 0, 1), text: "new" },
      { ...note("1", 0, 2), text: "newest" },
      { ...note("1", 5, 5), collection: "other" },
    );

    expect(vectors.search("notes", [0, 1], 9)).toMatchObject([{ text: "newest", distance: 0 }]);
    expect(vectors.count("other")).toBe(1);
  });

  it("deletes, and takes the deletion of nothing for done", async () => {
    const vectors = open();
    await committed(vectors, "t-1", note("1", 1, 0), note("2", 0, 1));
    const branch = vectors.branch("t-2");
    branch.delete({ collection: "notes", id: "1" }, { collection: "nowhere", id: "1" });
    branch.upsert(note("3", 1, 1));
    branch.delete({ collection: "notes", id: "3" });

    await vectors.prepare(of("t-2"));
    await vectors.commit(of("t-2"));

    expect(vectors.search("notes", [1, 1], 9).map(({ id }) => id)).toEqual(["2"]);
  });

  it("keeps any name and text as it is", async () => {
    const vectors = open();
    const awkward = [
      "it's",
      'say "hi"',
      "a/b",
      "100% _",
      "Notes",
      "日本語 🚀",
      "; DROP TABLE x --",
      "",
    ];
    const records = awkward.map((name) => ({
      collection: name,
      id: name,
      text: name,
      vector: [1],
    }));

    await committed(vectors, "t-1", ...records);

    const found = awkward.flatMap((name) => vectors.search(name, [1], 9));
    expect(found.map(({ id }) => id)).toEqual(awkward);
    expect(found.map(({ text }) => text)).toEqual(awkward);
  });

  it("takes 10,000 records in one transaction", async () => {
    const vectors = open();
    const next = numbers(3);
    const records = Array.from({ length: 10_000 }, (_, id) =>
      note(String(id), ...Array.from({ length: 64 }, next)),
    );

    await committed(vectors, "t-1", ...records);

    expect(vectors.count("notes")).toBe(10_000);
    const wanted = Array.from(records[4711]?.vector ?? []);
    expect(vectors.search("notes", wanted, 1)[0]?.id).toBe("4711");
  }, 60_000);

  it.each([
    ["NaN", { ...note("1", Number.NaN) }],
    ["Infinity", { ...note("1", Number.NEGATIVE_INFINITY) }],
    ["a number that 32 bits cannot hold", { ...note("1", 1e39) }],
    ["no numbers", note("1")],
    ["a zero byte in the id", note("a\0b", 1)],
    ["half a surrogate pair in the text", { ...note("1", 1), text: "\ud800" }],
    ["metadata that is no object", { ...note("1", 1), metadata: JSON.parse("[]") }],
  ])("refuses %s at once, and adds nothing", async (_, wrong) => {
    const vectors = open();
    await vectors.begin(of("t-1"));

    expect(() => vectors.branch("t-1").upsert(note("0", 1), wrong)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
    expect(await vectors.prepare(of("t-1"))).toBe("read-only");
  });
});

describe("the dimension of a collection", () => {
  const mismatch = (own: number, expected: number): unknown =>
    expect.objectContaining({
      code: "DIMENSION_MISMATCH",
      message: `notes/2: a vector of ${own} numbers where the collection has ${expected}`,
      details: { own, expected },
    });

  it("is that of the first vector of the branch, then of what is committed", async () => {
    const vectors = open();
    vectors.branch("t-1").upsert(note("1", 1, 0));

    expect(() => vectors.branch("t-1").upsert(note("2", 1, 0, 0))).toThrow(mismatch(3, 2));
    await vectors.prepare(of("t-1"));
    await vectors.commit(of("t-1"));
    expect(() => vectors.branch("t-2").upsert(note("2", 1))).toThrow(mismatch(1, 2));
  });

  it("holds within one call too, which adds all or nothing", async () => {
    const vectors = open();
    await vectors.begin(of("t-1"));

    expect(() => vectors.branch("t-1").upsert(note("1", 1, 0), note("2", 1))).toThrow(
      mismatch(1, 2),
    );
    expect(await vectors.prepare(of("t-1"))).toBe("read-only");
  });

  it("can be declared", () => {
    const vectors = open(undefined, { dimensions: { notes: 4 } });

    expect(() => vectors.branch("t-1").upsert(note("2", 1, 0))).toThrow(mismatch(2, 4));
  });

  it("is not fixed by a branch that is rolled back", async () => {
    const vectors = open();
    vectors.branch("t-1").upsert(note("1", 1, 0));
    await vectors.prepare(of("t-1"));
    await vectors.rollback(of("t-1"));

    await committed(vectors, "t-2", note("1", 1, 0, 0));

    expect(vectors.search("notes", [1, 0, 0], 1)).toHaveLength(1);
  });

  it("may be fixed by two open branches, but not differently", async () => {
    const vectors = open();
    vectors.branch("t-1").upsert(note("1", 1, 0));
    vectors.branch("t-2").upsert(note("2", 0, 1));
    vectors.branch("t-3").upsert(note("3", 0, 1, 1));
    await vectors.prepare(of("t-1"));
    await vectors.prepare(of("t-2"));

    await expect(vectors.prepare(of("t-3"))).rejects.toMatchObject({
      code: "CONFLICT",
      message: "t-3 and t-1: they do not agree on notes",
    });
    await vectors.commit(of("t-2"));
    await vectors.commit(of("t-1"));
    await expect(vectors.prepare(of("t-3"))).rejects.toThrow("the check gave 0");
    expect(vectors.count("notes")).toBe(2);
  });
});

it("two open branches cannot change the same record; the write set has what each changes", async () => {
  const vectors = open();
  vectors.branch("t-1").upsert(note("2", 1, 0), note("1", 1, 0));
  vectors.branch("t-2").delete({ collection: "notes", id: "2" });
  const writeSet = ["notes/1", "notes/2"];

  expect(await vectors.writeSet(of("t-1"))).toEqual(writeSet);
  await vectors.prepare(of("t-1"));
  expect(await vectors.writeSet(of("t-1"))).toEqual(writeSet);

  await expect(vectors.prepare(of("t-2"))).rejects.toThrow("t-2 and t-1: both change notes/2");
});

describe("bufferUpsert", () => {
  it("is what the coordinator's bufferVectorUpsert calls", async () => {
    const vectors = open();
    const upsert = { collection: "notes", id: "1", text: "hello", vector: [1, 0], dimensions: 2 };

    await vectors.bufferUpsert(of("t-1"), upsert);
    await vectors.onePhase.commit(of("t-1"));

    expect(isBuffering(vectors)).toBe(true);
    expect(vectors.search("notes", [1, 0], 1)).toMatchObject([{ id: "1", text: "hello" }]);
  });

  it("checks the dimension that was announced, and wants a vector", async () => {
    const vectors = open();
    const upsert = { collection: "notes", id: "1" };

    const short = vectors.bufferUpsert(of("t-1"), { ...upsert, vector: [1], dimensions: 3 });
    await expect(short).rejects.toMatchObject({ code: "DIMENSION_MISMATCH" });
    const none = vectors.bufferUpsert(of("t-1"), upsert);
    await expect(none).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

it("the vectors are in a table that any client of libsql can read", async () => {
  const file = join(temporaryFolder(), "vectors.db");
  await committed(open(file), "t-1", { ...note("1", 1, 0), metadata: { at: 5 } });
  const db = new Database(file);
  onTestFinished(() => void db.close());

  const rows = db
    .prepare(
      "SELECT collection, id, vector_extract(vector) AS v, metadata ->> 'at' AS at FROM tetra_vector",
    )
    .all([]);

  expect(rows).toEqual([{ collection: "notes", id: "1", v: "[1,0]", at: 5 }]);
});
