export { type SnapshotOptions, snapshotParticipant } from "./snapshot-participant.ts";
