import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "./errors.ts";

const NAME = /^[a-z0-9_-]{1,64}$/;

/**
 * The name of a participant, as the log and the resource will have it.
 * @throws TetraError `INVALID_INPUT` when it is anything but 1 to 64 lower-case letters, digits, `-` and `_`.
 */
export function checkParticipantName(name: string): string {
  if (NAME.test(name)) return name;
  throw new TetraError<ParticipantErrorCode>(
    "INVALID_INPUT",
    `${JSON.stringify(name)} cannot be the name of a participant`,
    { hint: "use 1 to 64 lower-case letters, digits, - and _", details: { name } },
  );
}
