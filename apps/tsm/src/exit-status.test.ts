import { expect, it } from "vitest";
import { exitStatusOf } from "./exit-status.ts";

it.each([
  ["USAGE", 64],
  ["UNKNOWN_COMMAND", 64],
  ["NO_COMMAND", 64],
  ["INVALID_SERVICE", 65],
  ["PLACEHOLDERS", 65],
  ["PORT_NOT_SET", 65],
  ["SCRIPT_NOT_FOUND", 66],
  ["COMMAND_NOT_FOUND", 66],
  ["ENV_FILE_MISSING", 66],
  ["SERVICE_NOT_FOUND", 1],
  ["ALREADY_RUNNING", 1],
  ["START_FAILED", 1],
  ["AMBIGUOUS_SERVICE", 1],
  ["SOMETHING_NEW", 1],
  ["constructor", 1],
])("ends with %s as %i", (code, status) => {
  expect(exitStatusOf(code)).toBe(status);
});
