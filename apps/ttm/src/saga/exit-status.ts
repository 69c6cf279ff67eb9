import type { SagaStatus } from "@tetra/tts-core/saga";

/** After sysexits(3): try again later. */
const TO_BE_CARRIED_ON = 75;
const NEEDS_A_PERSON = 3;

/** How the program ends for each way that a saga can stand when it stops carrying it on. */
export const SAGA_EXIT_STATUS: Readonly<Record<SagaStatus, number>> = {
  committed: 0,
  rolled_back: 1,
  attention: NEEDS_A_PERSON,
  running: TO_BE_CARRIED_ON,
  waiting: TO_BE_CARRIED_ON,
  compensating: TO_BE_CARRIED_ON,
};
