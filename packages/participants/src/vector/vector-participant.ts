import { TetraError } from "@tetra/errors";
import type { Branch, VectorUpsert } from "@tetra/tts-core/two-phase-commit";
import type { ParticipantErrorCode } from "../errors.ts";
import { checkParticipantName } from "../participant-name.ts";
import {
  connect,
  type Connection,
  type DatabaseOptions,
  immediately,
  read,
  rows,
} from "../sqlite/database.ts";
import { type StagedParticipant, stagedParticipant } from "../sqlite/staged-participant.ts";
import { makeTables, forgetEnded } from "../sqlite/staging.ts";
import type { Step } from "../sqlite/work.ts";
import { dimensionOf, toEmbedding } from "./embedding.ts";
import {
  checkKey,
  checkText,
  collectionKey,
  encodeMetadata,
  keyOf,
  toMatch,
  type VectorKey,
  type VectorMatch,
  type VectorRecord,
} from "./vector-record.ts";

/** Where the vectors are, and what the participant is called. */
export type VectorParticipantOptions = DatabaseOptions & {
  /** Unique among all transactions that may touch this database: lower-case letters, digits, `-`, `_`. */
  readonly name: string;
  /** Dimensions of collections by name. Others take theirs from the first vector that is committed. */
  readonly dimensions?: Readonly<Record<string, number>>;
};

/** One transaction's part in the vectors: kept in memory until it is prepared. */
export interface VectorBranch {
  /**
   * Adds records, or replaces those of the same collection and id. Of several for one id the last stays.
   * @throws TetraError `DIMENSION_MISMATCH` when a vector does not fit its collection; none is added.
   * @throws TetraError `INVALID_INPUT` for numbers that are none, or when the branch is prepared already.
   * @throws TetraError `RESOURCE_AWAY` when the collection's dimension cannot be read now.
   */
  upsert(...records: readonly VectorRecord[]): void;
  /**
   * Removes records; one that is not there is no mistake.
   * @throws TetraError `INVALID_INPUT` as {@link VectorBranch.upsert}
   */
  delete(...keys: readonly VectorKey[]): void;
}

/** Vectors that take part in two-phase commit. Write sets have the keys `collection/id`. */
export interface VectorParticipant extends StagedParticipant {
  /** The transaction's part here, to give it work. */
  branch(txn: string): VectorBranch;
  /** {@link VectorBranch.upsert} of one record, as the coordinator's `bufferVectorUpsert` calls it. */
  bufferUpsert(branch: Branch, upsert: VectorUpsert): Promise<void>;
  /**
   * The `k` records of a collection that are nearest to `vector`, the nearest first; exact: every vector of the
   * collection is compared. Of a collection that is not there, none.
   * @throws TetraError `DIMENSION_MISMATCH` when the collection has another dimension.
   * @throws TetraError `INVALID_INPUT` when `k` is not a whole number from 0 on.
   */
  search(collection: string, vector: ArrayLike<number>, k: number): readonly VectorMatch[];
  /** How many records a collection has. */
  count(collection: string): number;
  /**
   * Forgets how branches ended here before this time (milliseconds since the epoch). Only for transactions that
   * have ended: to commit one of them again would then be an error.
   * @returns how many.
   */
  forget(beforeMs: number): number;
  /** Closes the file, if it was opened here. What is prepared stays prepared. */
  close(): void;
}

const TABLES = `
CREATE TABLE IF NOT EXISTS tetra_collection (
  name TEXT PRIMARY KEY NOT NULL, dimension INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS tetra_vector (
  collection TEXT NOT NULL REFERENCES tetra_collection, id TEXT NOT NULL,
  text TEXT NOT NULL, metadata TEXT NOT NULL, vector F32_BLOB NOT NULL,
  UNIQUE (collection, id));
`;
const ADD_COLLECTION = "INSERT INTO tetra_collection VALUES (?, ?) ON CONFLICT DO NOTHING";
const HAS_DIMENSION = "SELECT dimension = ? FROM tetra_collection WHERE name = ?";
const DIMENSION = "SELECT dimension FROM tetra_collection WHERE name = ?";
const COUNT = "SELECT count(*) AS records FROM tetra_vector WHERE collection = ?";
const UPSERT = `INSERT INTO tetra_vector VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
  SET text = excluded.text, metadata = excluded.metadata, vector = excluded.vector`;
const DELETE = "DELETE FROM tetra_vector WHERE collection = ? AND id = ?";
// the distance from a vector of zeros is NULL, which would come first
const SEARCH = `SELECT id, text, metadata, coalesce(vector_distance_cos(vector, ?), 1) AS distance
  FROM tetra_vector WHERE collection = ? ORDER BY distance, id LIMIT ?`;

/**
 * Vectors in a database of libsql as a participant: upserts and deletions are staged there when they are
 * prepared, and applied at commit, in one transaction.
 * @throws TetraError `RESOURCE_AWAY`, `UNSAFE_DATABASE`, `INVALID_INPUT` as `sqliteParticipant` of
 * `@tetra/participants/sqlite`.
 */
export function vectorParticipant(options: VectorParticipantOptions): VectorParticipant {
  const name = checkParticipantName(options.name);
  const declared = new Map(Object.entries(options.dimensions ?? {}));
  const connection = connect(options);
  const staging = { connection, participant: name, kind: "vector" } as const;
  makeTables(connection, TABLES);
  const { participant, workOf } = stagedParticipant(staging);

  /** What is to be done for the records, and the dimensions of the collections that are new to the branch. */
  const plan = (
    records: readonly VectorRecord[],
    dimensionInBranch: (collection: string) => number | undefined,
  ): { readonly upserts: readonly Step[]; readonly dimensions: ReadonlyMap<string, number> } => {
    const dimensions = new Map<string, number>();
    const upserts = records.map((record): Step => {
      const { collection, id, text = "", metadata = {}, vector } = record;
      checkKey(record);
      const where = keyOf(record);
      checkText(text, `${where}: the text`);
      const embedding = toEmbedding(vector, where);
      const own = dimensions.get(collection) ?? dimensionInBranch(collection);
      const dimension =
        own ?? committedDimension(connection, collection) ?? declared.get(collection);
      refuseOtherDimension(where, { own: dimensionOf(embedding), expected: dimension });
      if (own === undefined) dimensions.set(collection, dimensionOf(embedding));
      const values = [collection, id, text, encodeMetadata(metadata, where), embedding];
      return { type: "run", sql: UPSERT, parameters: values, changes: 1 };
    });
    return { upserts, dimensions };
  };

  const branch: VectorParticipant["branch"] = (txn) => {
    const work = workOf(txn);
    return {
      upsert(...records) {
        const { upserts, dimensions } = plan(records, (collection) => {
          const claim = work.claimOf(collectionKey(collection));
          return claim === undefined ? undefined : Number(claim);
        });
        for (const [collection, dimension] of dimensions) {
          // two open branches may both be the first to use a collection, if they agree
          work.lock({ key: collectionKey(collection), claim: String(dimension) });
          work.add(
            {
              type: "run",
              sql: ADD_COLLECTION,
              parameters: [collection, dimension],
              changes: undefined,
            },
            { type: "check", sql: HAS_DIMENSION, parameters: [dimension, collection] },
          );
        }
        work.add(...upserts);
        for (const record of records) work.lock({ key: keyOf(record), claim: undefined });
      },
      delete(...keys) {
        for (const key of keys) checkKey(key);
        for (const { collection, id } of keys) {
          work.add({ type: "run", sql: DELETE, parameters: [collection, id], changes: undefined });
          work.lock({ key: keyOf({ collection, id }), claim: undefined });
        }
      },
    };
  };

  return {
    ...participant,
    branch,
    async bufferUpsert({ txn }, { vector = [], dimensions, ...upsert }) {
      refuseOtherDimension(keyOf(upsert), { own: vector.length, expected: dimensions });
      branch(txn).upsert({ ...upsert, vector });
    },
    search(collection, vector, k) {
      checkText(collection, "the collection");
      const wanted = toEmbedding(vector, "what is searched");
      if (!Number.isSafeInteger(k) || k < 0) {
        throw new TetraError<ParticipantErrorCode>("INVALID_INPUT", `k is ${k}`, {
          hint: "give a whole number from 0 on",
        });
      }
      return read(connection, () => {
        const expected = committedDimension(connection, collection);
        refuseOtherDimension(collection, { own: dimensionOf(wanted), expected });
        return rows(connection.db, SEARCH, [wanted, collection, k]).map(toMatch);
      });
    },
    count(collection) {
      checkText(collection, "the collection");
      const [row] = read(connection, () => rows(connection.db, COUNT, [collection]));
      return Number(row?.["records"]);
    },
    forget: (beforeMs) => immediately(connection, () => forgetEnded(staging, beforeMs)),
    close: () => connection.close(),
  };
}

function committedDimension(connection: Connection, collection: string): number | undefined {
  const [row] = read(connection, () => rows(connection.db, DIMENSION, [collection]));
  return row === undefined ? undefined : Number(row["dimension"]);
}

function refuseOtherDimension(
  where: string,
  { own, expected = own }: { readonly own: number; readonly expected: number | undefined },
): void {
  if (own === expected) return;
  throw new TetraError<ParticipantErrorCode>(
    "DIMENSION_MISMATCH",
    `${where}: a vector of ${own} numbers where the collection has ${expected}`,
    { hint: "use the model that the collection was made with", details: { own, expected } },
  );
}
