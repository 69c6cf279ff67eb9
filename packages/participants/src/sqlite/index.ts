export type { DatabaseOptions, SqliteDatabase, SqliteRow, SqliteStatement } from "./database.ts";
export {
  type RunOptions,
  type SqliteBranch,
  type SqliteParticipant,
  sqliteParticipant,
  type SqliteParticipantOptions,
} from "./sqlite-participant.ts";
export type { SqliteValue } from "./sqlite-value.ts";
export type { StagedParticipant } from "./staged-participant.ts";
export type { ParticipantErrorCode } from "../errors.ts";
