import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";

/** The bytes of a vector in an `F32_BLOB` column: four per number, the lowest first. */
export type Embedding = Uint8Array;

const BYTES_PER_NUMBER = 4;

/**
 * A vector as the database stores it.
 * @throws TetraError `INVALID_INPUT` for an empty one, and for numbers that are none or too large.
 */
export function toEmbedding(vector: ArrayLike<number>, where: string): Embedding {
  if (vector.length === 0) throw invalid(`${where}: a vector without numbers`);
  const bytes = Buffer.alloc(vector.length * BYTES_PER_NUMBER);
  for (let at = 0; at < vector.length; at += 1) {
    const number: unknown = vector[at];
    // rounded first: what a 32-bit number cannot hold becomes Infinity
    if (typeof number !== "number" || !Number.isFinite(Math.fround(number))) {
      throw invalid(`${where}: number ${at + 1} of the vector is ${String(number)}`);
    }
    bytes.writeFloatLE(number, at * BYTES_PER_NUMBER);
  }
  return bytes;
}

function invalid(message: string): TetraError<ParticipantErrorCode> {
  return new TetraError("INVALID_INPUT", message, { hint: "give numbers that 32 bits can hold" });
}

/** How many numbers a vector has. */
export function dimensionOf(embedding: Embedding): number {
  return embedding.length / BYTES_PER_NUMBER;
}
