import { TetraError } from "@tetra/errors";
import type { PatchErrorCode } from "./errors.ts";

const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/**
 * Refuses a patch with lines that would be passed over in silence: a hunk whose header is none, lines of a
 * change that belong to no hunk, binary patches. Text between files is nobody's harm.
 * @throws TetraError `INVALID_ANSWER`, with the line.
 */
export function refuseLooseLines(patch: string): void {
  let [old, fresh] = [0, 0];
  let isInPatch = false;
  patch.split("\n").forEach((line, at) => {
    const header = HUNK.exec(line);
    isInPatch ||= /^(?:diff |--- |@@)/.test(line);
    if (old > 0 || fresh > 0) {
      if (!line.startsWith("+") && !line.startsWith("\\")) old -= 1;
      if (!line.startsWith("-") && !line.startsWith("\\")) fresh -= 1;
    } else if (header !== null) {
      [old, fresh] = [Number(header[1] ?? 1), Number(header[2] ?? 1)];
    } else if (line.startsWith("@@")) {
      throw refused(at, `is no hunk header: ${JSON.stringify(line.slice(0, 60))}`);
    } else if (/^(?:GIT binary patch|Binary files )/.test(line)) {
      throw refused(at, "is about a binary file");
    } else if (isInPatch && /^[+-]/.test(line) && !/^(?:---|\+\+\+)\s/.test(line)) {
      throw refused(at, "belongs to no hunk: the header before it counts fewer lines");
    }
  });
}

function refused(at: number, problem: string): TetraError<PatchErrorCode> {
  return new TetraError("INVALID_ANSWER", `patch.diff: line ${at + 1} ${problem}`, {
    hint: "ask for a unified diff whose hunks begin with @@ -start,count +start,count @@",
    details: { line: at + 1 },
  });
}
