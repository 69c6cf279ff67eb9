import * as z from "zod/mini";

/** One append as a journal holds it: whole, or not at all. */
export interface JournalRecord {
  readonly txn: string;
  /** The `seq` of its first line. */
  readonly seq: number;
  /** The lines as they go to the log, each with its newline. */
  readonly lines: string;
  /** The first append of a new transaction: replay makes the folder again. */
  readonly new?: true;
}

const journalRecord: z.ZodMiniType<JournalRecord> = z.strictObject({
  txn: z.string(),
  seq: z.int().check(z.nonnegative()),
  lines: z.string(),
  new: z.exactOptional(z.literal(true)),
});

/** One line of a journal. */
export function formatJournalRecord(record: JournalRecord): string {
  return `${JSON.stringify(record)}\n`;
}

const NEWLINE = 10;
const decoder = new TextDecoder();

/**
 * The records of a journal up to its first byte that is torn or zeroed: what follows belongs to a
 * batch that was never flushed whole, so nobody was told that it is there.
 */
export function readJournal(bytes: Uint8Array): readonly JournalRecord[] {
  const records: JournalRecord[] = [];
  for (let start = 0; ;) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end === -1) return records;
    const record = parse(decoder.decode(bytes.subarray(start, end)));
    if (record === undefined) return records;
    records.push(record);
    start = end + 1;
  }
}

function parse(line: string): JournalRecord | undefined {
  try {
    const result = journalRecord.safeParse(JSON.parse(line));
    return result.success ? result.data : undefined;
  } catch {
    return undefined; // torn: see readJournal
  }
}
