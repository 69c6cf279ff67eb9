import { expect, it } from "vitest";
import { exitStatusOf } from "./exit-status.ts";

it.each([
  ["NO_ACTIVE", 1],
  ["NO_DATA_ROOT", 1],
  ["IO", 1],
  ["INVALID_STAGE", 2],
  ["CONFLICT", 2],
  ["BUSY", 2],
  ["USAGE", 64],
  ["UNKNOWN_COMMAND", 64],
  ["INVALID_INPUT", 65],
  ["AMBIGUOUS", 65],
  ["NOT_FOUND", 66],
  ["INVALID_SAGA", 65],
  ["NOT_A_SAGA", 65],
  ["ACTION_MISSING", 66],
  ["SECRET_MISSING", 66],
  ["DEFINITION_CHANGED", 2],
  ["PAST_PIVOT", 2],
  ["LEASE_LOST", 2],
  ["NOT_WAITING", 2],
  ["NOT_TWO_PHASE", 65],
  ["WRITE_CONFLICT", 2],
  ["ROLLED_BACK", 1],
  ["HEURISTIC", 1],
  ["SOMETHING_NEW", 1],
  ["constructor", 1],
])("ends with %s as %i", (code, status) => {
  expect(exitStatusOf(code)).toBe(status);
});
