import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EventRecord, newEvent, seal } from "./event.ts";
import { formatEventLine } from "./event-line.ts";
import { type LogContent, readLog } from "./log.ts";
import { blankTransaction, evolve, fold } from "./transaction.ts";

const AT_MS = Date.UTC(2026, 0, 1);
const FOREIGN = `{"ts":"2026-01-01T00:00:00Z","event":"stage_transition","from":"NEW","to":"EXECUTE"}`;

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The lines of one append of `count` events, each with its newline. */
function append(revision: number, count: number, note: unknown = revision): readonly string[] {
  const events = Array.from({ length: count }, (_, at) =>
    newEvent("txn_update", AT_MS, { changes: { note, [`k${revision + at}`]: at } }),
  );
  return seal(revision, events).map((event) => `${formatEventLine(event)}\n`);
}

function read(...parts: readonly string[]): LogContent {
  return readLog(bytes(parts.join("")));
}

function places(log: LogContent): readonly (number | undefined)[] {
  return log.lines.filter((line) => line.folded).map((line) => line.event?.seq);
}

describe("a log", () => {
  const [one = ""] = append(0, 1);
  const two = append(1, 3);

  it("of whole appends counts every line", () => {
    const log = read(one, ...two);
    expect(places(log)).toEqual([0, 1, 2, 3]);
    expect(log).toMatchObject({ revision: 4, endsForeign: false, endsOpen: false });
    expect(log).not.toHaveProperty("damage");
  });

  it("that is empty has no lines and no damage", () => {
    expect(readLog(new Uint8Array())).toEqual({
      lines: [],
      revision: 0,
      wholeLength: 0,
      endsForeign: false,
      endsOpen: false,
    });
  });

  it("read from a later place goes on counting there", () => {
    const log = readLog(bytes(two.join("")), 1);
    expect(places(log)).toEqual([1, 2, 3]);
    expect(log.revision).toBe(4);
  });

  it.each([
    ["torn in its last line", [one, ...two].join("").slice(0, -5), "half-append"],
    ["that ends before a newline", one.slice(0, -1), "torn"],
    ["that ends within a character", `${one}{"ts":"日`, "torn"],
    ["whose last block never reached the disk", `${one}${"\0".repeat(50)}`, "zeroed"],
    ["whose last blocks did, but not the one before", `${one}${"\0".repeat(50)}"}}\n`, "zeroed"],
    ["that ends in half an append", `${one}${two[0]}${two[1]}`, "half-append"],
  ])("%s is to be cut after the last whole append", (_, text, damage) => {
    const log = read(text);
    expect(log.damage).toBe(damage);
    expect(log.wholeLength).toBe(damage === "torn" && text.length < one.length ? 0 : one.length);
    expect(read(text.slice(0, log.wholeLength))).not.toHaveProperty("damage");
  });

  it("keeps lines that are not JSON, uncounted", () => {
    const log = read(one, `{"ts":"x","event":"txn_fail","error":"say "hi""}\n`, ...two);
    expect(places(log)).toEqual([0, 1, 2, 3]);
    expect(log.lines[1]).toEqual({
      text: `{"ts":"x","event":"txn_fail","error":"say "hi""}`,
      folded: false,
    });
  });

  it("skips what has no place: a repeat, and what comes after a gap", () => {
    expect(places(read(one, one, ...two, ...two))).toEqual([0, 1, 2, 3]);
    expect(places(read(one, ...append(2, 1)))).toEqual([0]);
  });

  it("skips half an append that another writer's line follows, and counts the next append", () => {
    const log = read(one, two[0] ?? "", two[1] ?? "", `${FOREIGN}\n`, ...append(1, 2, "again"));
    expect(places(log)).toEqual([0, undefined, 1, 2]);
    expect(log.lines.map((line) => line.folded)).toEqual([true, false, false, true, true, true]);
    expect(log).toMatchObject({ revision: 3 });
    expect(log).not.toHaveProperty("damage");
  });

  it("skips an append whose lines do not agree on how many they are", () => {
    expect(places(read(one, two[0] ?? "", append(2, 1)[0] ?? "", ...append(1, 1)))).toEqual([0, 1]);
  });

  it("counts an append between whose lines another writer put one", () => {
    expect(places(read(one, two[0] ?? "", `${FOREIGN}\n`, two[1] ?? "", two[2] ?? ""))).toEqual([
      0,
      1,
      undefined,
      2,
      3,
    ]);
  });

  it("counts another writer's line that shares its line with our torn one", () => {
    const scar = one.slice(0, 40);
    for (const text of [`${scar}${FOREIGN}\n`, `${scar}${FOREIGN}`, `\0\0\0${FOREIGN}\n`]) {
      const log = read(one, text);
      expect(places(log)).toEqual([0, undefined]);
      expect(log.wholeLength).toBe(one.length + text.length);
      expect(log.lines[1]?.text).toBe(text.trimEnd());
    }
  });

  it("tells how another writer left its end", () => {
    expect(read(one, FOREIGN)).toMatchObject({ endsForeign: true, endsOpen: true });
    expect(read(one, `${FOREIGN}\n`)).toMatchObject({ endsForeign: true, endsOpen: false });
    expect(read(one, "garbage\n")).toMatchObject({ endsForeign: true, endsOpen: false });
  });
});

describe("any log, cut at any byte", () => {
  /** A part of a log, as text; `isWhole` parts were acknowledged to somebody. */
  interface Part {
    readonly text: string;
    readonly isWhole: boolean;
    /** Another writer's line, which is as good without its newline. */
    readonly isForeign: boolean;
    /** What of it counts. */
    readonly events: readonly EventRecord[];
  }

  const text = fc.string({ unit: "binary", maxLength: 12 });
  const foreignLine = fc
    .record({ event: fc.constantFrom("stage_transition", "rag_stage", "txn_fail"), to: text })
    .map(({ event, to }) => JSON.stringify({ ts: "2026-01-01T00:00:00Z", event, to, error: to }));
  const kind = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("append"),
        count: fc.integer({ min: 1, max: 4 }),
        note: text,
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("foreign"), line: foreignLine }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("garbage"),
        line: text.map((line) => `x${line.replaceAll(/[\n\0{]/g, "")}`),
      }),
    },
    // what crashes leave when another writer comes along before we can cut: half an append, a torn line
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("half"),
        count: fc.integer({ min: 2, max: 4 }),
        kept: fc.double({ min: 0, max: 1, noNaN: true }),
        line: foreignLine,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("torn"),
        kept: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        line: foreignLine,
      }),
    },
  );

  const log = fc.array(kind, { maxLength: 8 }).map((kinds) => {
    const parts: Part[] = [];
    let revision = 0;
    const add = (lines: readonly string[], part: Omit<Part, "text" | "events">): void => {
      const counts = part.isWhole && !lines[0]?.startsWith("x");
      const events = counts ? lines.map((line): EventRecord => JSON.parse(line)) : [];
      parts.push({ text: lines.join(""), events, ...part });
    };
    for (const each of kinds) {
      if (each.kind === "append") {
        add(append(revision, each.count, each.note), { isWhole: true, isForeign: false });
        revision += each.count;
        continue;
      }
      if (each.kind === "half") {
        const lines = append(revision, each.count).slice(0, -1);
        const kept = lines.slice(0, Math.max(1, Math.floor(each.kept * lines.length)));
        add(kept, { isWhole: false, isForeign: false });
      }
      if (each.kind === "torn") {
        const [line = ""] = append(revision, 1);
        const kept = line.slice(0, Math.max(1, Math.floor(each.kept * line.length)));
        add([kept], { isWhole: false, isForeign: false });
      }
      add([`${each.line}\n`], { isWhole: true, isForeign: each.kind !== "garbage" });
    }
    return parts;
  });

  /** What must be found when `kept` bytes are left: the events, and the length that must not be cut. */
  function expected(parts: readonly Part[], kept: number): Expected {
    const events: EventRecord[] = [];
    let open: readonly EventRecord[] = [];
    let leastLength = 0;
    let end = 0;
    for (const part of parts) {
      end += bytes(part.text).length;
      if (end <= kept) events.push(...part.events);
      if (end <= kept && part.isWhole) leastLength = end;
      if (end === kept + 1 && part.isForeign) open = part.events;
    }
    return { events, open, leastLength };
  }

  interface Expected {
    readonly events: readonly EventRecord[];
    /** Of another writer's line that only lacks its newline. */
    readonly open: readonly EventRecord[];
    readonly leastLength: number;
  }

  it("folds exactly the whole appends, and is whole again once it is cut where it says", () => {
    const cut = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      zeros: fc.constantFrom(0, 0, 1, 7, 600),
    });
    fc.assert(
      fc.property(log, cut, (parts, { at, zeros }) => {
        const all = bytes(parts.map((part) => part.text).join(""));
        const kept = Math.round(at * all.length);
        const disk = new Uint8Array(kept + zeros);
        disk.set(all.subarray(0, kept));

        const found = readLog(disk);

        const { events, open, leastLength } = expected(parts, kept);
        const counted = zeros === 0 ? [...events, ...open] : events;
        expect(fold("t-1", found.lines)).toEqual(counted.reduce(evolve, blankTransaction("t-1")));
        expect(found.wholeLength).toBeLessThanOrEqual(kept);
        const isOpen = zeros === 0 && open.length > 0;
        expect(found.wholeLength).toBeGreaterThanOrEqual(isOpen ? kept : leastLength);
        expect(places(found).filter((seq) => seq !== undefined)).toEqual(
          Array.from({ length: found.revision }, (_, seq) => seq),
        );

        const again = readLog(disk.subarray(0, found.wholeLength));
        expect(again).not.toHaveProperty("damage");
        expect(again).toEqual({ ...found, damage: undefined });
      }),
      { numRuns: 400 },
    );
  });

  it("takes the next append after it was cut", () => {
    fc.assert(
      fc.property(log, fc.double({ min: 0, max: 1, noNaN: true }), (parts, at) => {
        const all = bytes(parts.map((part) => part.text).join(""));
        const disk = all.subarray(0, Math.round(at * all.length));
        const { revision, wholeLength, endsOpen, lines } = readLog(disk);
        const next = `${endsOpen ? "\n" : ""}${append(revision, 2, "next").join("")}`;

        const after = readLog(Uint8Array.from([...disk.subarray(0, wholeLength), ...bytes(next)]));

        expect(after).not.toHaveProperty("damage");
        expect(after.revision).toBe(revision + 2);
        expect(after.lines.slice(0, -2)).toEqual(lines);
        expect(after.lines.slice(-2).every((line) => line.folded)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("counts nothing that was not appended, whatever the bytes", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc
        .constantFrom("\n", "\0", "{", FOREIGN, ...append(0, 1), ...append(0, 2), ...append(1, 3))
        .map(bytes),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const found = readLog(Uint8Array.from(pieces.flatMap((each) => [...each])));
        const own = places(found).filter((seq) => seq !== undefined);
        expect(own).toEqual(Array.from({ length: found.revision }, (_, seq) => seq));
      }),
    );
  });
});
