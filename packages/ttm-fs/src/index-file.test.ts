import { newestFirst, parseState, type TransactionState } from "@tetra/tts-core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareEntries,
  formatIndex,
  type IndexEntry,
  readEntries,
  readHeader,
  readIds,
  readNamesNote,
} from "./index-file.ts";

const HEADER = { base: "abc", boot: "boot-1" };
const STAGES = ["NEW", "EXECUTE", "DONE", "", 'with "quotes"', "E"];

function stateOf(id: string, stage: string): TransactionState {
  const stored = parseState(JSON.stringify({ stage, theirs: "two\nlines" }), id);
  if (stored === undefined) throw new Error("it is JSON");
  return stored.state;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function indexOf(entries: readonly IndexEntry[]): Uint8Array {
  return bytesOf([...formatIndex(HEADER, entries)].join(""));
}

const entry: fc.Arbitrary<IndexEntry> = fc
  .record({ id: fc.string({ unit: "grapheme", minLength: 1 }), stage: fc.constantFrom(...STAGES) })
  .map(({ id, stage }) => ({ id, state: stateOf(id, stage) }));

describe("an index", () => {
  it("gives back its header and its entries, in their order", () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const bytes = indexOf(entries);

        expect(readHeader(bytes)).toEqual({ version: 2, ...HEADER });
        expect([...readEntries(bytes)]).toEqual(entries);
        expect([...readIds(bytes)]).toEqual(entries.map(({ id }) => id));
      }),
    );
  });

  it("gives the entries of one stage, and no other's", () => {
    fc.assert(
      fc.property(fc.array(entry), fc.constantFrom(...STAGES), (entries, stage) => {
        const listed = [...readEntries(indexOf(entries), stage)];

        expect(listed).toEqual(entries.filter(({ state }) => state.stage === stage));
      }),
    );
  });

  it("that was cut anywhere has no header", () => {
    const whole = indexOf([{ id: "a", state: stateOf("a", "NEW") }]);

    for (let at = 0; at < whole.length; at += 1) {
      expect(readHeader(whole.subarray(0, at)), `cut at ${at}`).toBeUndefined();
    }
  });

  it.each([
    ["nothing", ""],
    ["zeros", "\0\0\0\0\nend\n"],
    ["another version", '{"version":1,"base":"abc","boot":"boot-1"}\nend\n'],
    ["no base", '{"version":2,"boot":"boot-1"}\nend\n'],
    ["no boot", '{"version":2,"base":"abc"}\nend\n'],
    ["null", "null\nend\n"],
  ])("is not made of %s", (_what, text) => {
    expect(readHeader(bytesOf(text))).toBeUndefined();
  });

  it("may lie anywhere in a larger buffer", () => {
    const entries = [{ id: "a", state: stateOf("a", "NEW") }];
    const index = indexOf(entries);
    const larger = Buffer.concat([bytesOf("before"), index, bytesOf("after")]);

    expect([...readEntries(larger.subarray(6, 6 + index.length), "NEW")]).toEqual(entries);
  });
});

describe("the order of entries", () => {
  it("is the standard's: newest first", () => {
    const ids = ["imported", "a-20260201T000000", "b-20260301T000000", "a-20260201T000000-2"];
    const entries = ids.map((id) => ({ id, state: stateOf(id, "NEW") }));

    expect(entries.toSorted(compareEntries).map(({ id }) => id)).toEqual(ids.toSorted(newestFirst));
  });
});

describe("the note about names", () => {
  it("is read as it was written", () => {
    const note = { base: "abc", folderMs: 1_769_851_800_000.25 };

    expect(readNamesNote(bytesOf(JSON.stringify(note)))).toEqual(note);
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    '{"base":"abc"}',
    '{"base":1,"folderMs":1}',
    '{"base":"abc","folderMs":"1"}',
  ])("is not made of %j", (text) => {
    expect(readNamesNote(bytesOf(text))).toBeUndefined();
  });
});
