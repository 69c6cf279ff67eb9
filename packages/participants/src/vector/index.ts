export type { DatabaseOptions, SqliteDatabase, SqliteStatement } from "../sqlite/database.ts";
export type { SqliteValue } from "../sqlite/sqlite-value.ts";
export type { StagedParticipant } from "../sqlite/staged-participant.ts";
export {
  type VectorBranch,
  type VectorParticipant,
  vectorParticipant,
  type VectorParticipantOptions,
} from "./vector-participant.ts";
export type { VectorKey, VectorMatch, VectorRecord } from "./vector-record.ts";
export type { ParticipantErrorCode } from "../errors.ts";
