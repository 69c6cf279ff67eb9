import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatJournalRecord, type JournalRecord, readJournal } from "./journal-record.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const record: fc.Arbitrary<JournalRecord> = fc.record(
  {
    txn: fc.string({ unit: "grapheme", minLength: 1 }),
    seq: fc.nat(),
    lines: fc.string({ unit: "grapheme" }),
    new: fc.constant(true as const),
  },
  { requiredKeys: ["txn", "seq", "lines"] },
);

describe("a journal", () => {
  it("gives back the records that were put in, whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const journal = bytesOf(records.map(formatJournalRecord).join(""));

        expect(readJournal(journal)).toEqual(records);
      }),
    );
  });

  it("has one line a record", () => {
    const line = formatJournalRecord({
      txn: "two\nlines",
      seq: 0,
      lines: '{"a":1}\n{"b":2}\n',
      new: true,
    });

    expect(line).toBe(
      '{"txn":"two\\nlines","seq":0,"lines":"{\\"a\\":1}\\n{\\"b\\":2}\\n","new":true}\n',
    );
  });

  it("that was cut anywhere gives the records that are whole", () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1 }), fc.nat(), (records, at) => {
        const lines = records.map((one) => bytesOf(formatJournalRecord(one)));
        const journal = Buffer.concat(lines);
        const cut = journal.subarray(0, at % (journal.length + 1));

        let end = 0;
        const whole = lines.filter((line) => (end += line.length) <= cut.length).length;
        expect(readJournal(cut)).toEqual(records.slice(0, whole));
      }),
    );
  });

  it.each([
    ["zeros", "\0\0\0\0\0\0\n"],
    ["half a record and a line break", '{"txn":"a","seq":0,"li\n'],
    ["a record that lacks a field", '{"txn":"a","seq":0}\n'],
    ["a field of the wrong kind", '{"txn":"a","seq":-1,"lines":""}\n'],
    ["a field that is not known", '{"txn":"a","seq":0,"lines":"","later":1}\n'],
    ["no object", "[]\n"],
    ["an empty line", "\n"],
  ])("ends at %s: what follows was never acknowledged", (_what, broken) => {
    const good = formatJournalRecord({ txn: "a", seq: 0, lines: "x\n" });

    expect(readJournal(bytesOf(good + broken + good))).toHaveLength(1);
  });

  it("may be empty", () => {
    expect(readJournal(new Uint8Array())).toEqual([]);
  });
});
