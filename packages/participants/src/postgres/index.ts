export type { ParticipantErrorCode } from "../errors.ts";
export type { PostgresClient, PostgresPool, PostgresResult } from "./pool.ts";
export {
  type ForgetOptions,
  type PostgresBranch,
  type PostgresOptions,
  type PostgresParticipant,
  postgresParticipant,
} from "./postgres-participant.ts";
