import { TetraError } from "@tetra/errors";
import type { TsmCliErrorCode } from "../errors.ts";

/**
 * Reads or writes a file that was named on the command line.
 * @throws TetraError `FILE_UNUSABLE` saying why
 */
export function givenFile<Result>(file: string, use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new TetraError<TsmCliErrorCode>("FILE_UNUSABLE", `${file}: ${error.message}`, {
      hint: "look at the path and its permissions",
      details: { file },
      cause: error,
    });
  }
}
