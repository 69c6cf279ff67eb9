import { isTetraError, TetraError } from "@tetra/errors";
import * as z from "zod/mini";
import type { ParticipantErrorCode } from "../errors.ts";
import { checkValue } from "../sqlite/sqlite-value.ts";
import type { SqliteRow } from "../sqlite/database.ts";

/** Which record: an id within a collection. */
export interface VectorKey {
  /** The collection's name; any text. */
  readonly collection: string;
  /** The record's id in it; any text. */
  readonly id: string;
}

/** What is written. */
export interface VectorRecord extends VectorKey {
  /** All of one collection's have the same number of numbers. */
  readonly vector: ArrayLike<number>;
  /** What the vector stands for; empty unless given. */
  readonly text?: string;
  /** Anything JSON can say; `{}` unless given. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What is found. */
export interface VectorMatch {
  /** The record's id. */
  readonly id: string;
  /** What the vector stands for. */
  readonly text: string;
  /** As it was written. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /**
   * Cosine distance: 0 in the same direction, 1 at a right angle, 2 in the opposite one. A vector of zeros has
   * no direction; it is at 1 from everything.
   */
  readonly distance: number;
}

/**
 * The record's key in write sets: `collection/id`. A slash in the collection's name is escaped, so that no two
 * records have the same.
 */
export function keyOf({ collection, id }: VectorKey): string {
  return `${collectionKey(collection)}/${id}`;
}

/** The collection as the first part of a key. It has no slash, so it is no record's key. */
export function collectionKey(collection: string): string {
  return collection.replaceAll("%", "%25").replaceAll("/", "%2F");
}

/**
 * Refuses names that would not be stored as they are.
 * @throws TetraError `INVALID_INPUT`
 */
export function checkKey({ collection, id }: VectorKey): void {
  checkText(collection, "the collection");
  checkText(id, `${collection}: the id`);
}

/** @throws TetraError `INVALID_INPUT` */
export function checkText(text: unknown, where: string): asserts text is string {
  checkValue(text, where);
  if (typeof text !== "string") throw invalid(`${where} is ${typeof text}, not a text`);
}

/**
 * Metadata as it is stored.
 * @throws TetraError `INVALID_INPUT` when JSON cannot say it.
 */
export function encodeMetadata(metadata: Readonly<Record<string, unknown>>, where: string): string {
  try {
    const text = JSON.stringify(metadata);
    parseMetadata(text);
    return text;
  } catch (error) {
    throw isTetraError(error) ? error : invalid(`${where}: the metadata is no JSON object`, error);
  }
}

/** A row of a search. */
export function toMatch({ id, text, metadata, distance }: SqliteRow): VectorMatch {
  return {
    id: String(id),
    text: String(text),
    metadata: parseMetadata(String(metadata)),
    distance: Number(distance),
  };
}

const object: z.ZodMiniType<Readonly<Record<string, unknown>>> = z.record(z.string(), z.unknown());

function parseMetadata(text: string): Readonly<Record<string, unknown>> {
  return object.parse(JSON.parse(text));
}

function invalid(message: string, cause?: unknown): TetraError<ParticipantErrorCode> {
  return new TetraError("INVALID_INPUT", message, { hint: "give what the type says", cause });
}
