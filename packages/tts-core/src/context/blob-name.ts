import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";

const PART_BYTES = 255;
const encoder = new TextEncoder();

/**
 * Checks the name of an artifact or context file before it touches a path: parts joined by `/`, none
 * of them empty, `.` or `..`, none over 255 bytes, no NUL.
 * @throws TetraError `INVALID_INPUT`
 */
export function checkBlobName(name: string): string {
  const parts = name.split("/");
  if (!name.includes("\0") && parts.every(isPart)) return name;
  throw new TetraError<TtsErrorCode>(
    "INVALID_INPUT",
    `${JSON.stringify(name.slice(0, 60))} is not a file name`,
    {
      hint: "give a name such as report.txt or logs/build.txt",
      details: { name: name.slice(0, 300) },
    },
  );
}

function isPart(part: string): boolean {
  if (part === "" || part === "." || part === "..") return false;
  return encoder.encode(part).length <= PART_BYTES;
}
