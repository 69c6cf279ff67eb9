import type { Branch, Participant } from "./participant.ts";

/** A vector that is to be written when the transaction commits. */
export interface VectorUpsert {
  /** The collection the record belongs to; part of its key when conflicts are looked for. */
  readonly collection: string;
  /** The record's id within the collection. */
  readonly id: string;
  /** The text that the vector stands for. */
  readonly text?: string;
  /** The vector itself, for participants that compute none. */
  readonly vector?: readonly number[];
  /** Anything JSON can say. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** How long the vector has to be; the participant votes no when its table disagrees. */
  readonly dimensions?: number;
}

/** A participant that keeps writes back until the commit. Optional: it is recognised by its method. */
export interface BufferingParticipant extends Participant {
  /** Adds a write to the branch; nobody sees it before the commit. */
  bufferUpsert(branch: Branch, upsert: VectorUpsert): Promise<void>;
}

/** Whether a participant takes buffered writes. */
export function isBuffering(participant: Participant): participant is BufferingParticipant {
  return "bufferUpsert" in participant && typeof participant.bufferUpsert === "function";
}
