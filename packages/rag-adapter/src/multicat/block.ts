import { TetraError } from "@tetra/errors";
import type { MulticatErrorCode } from "./errors.ts";

/** A file in a MULTICAT text. */
export interface MulticatBlock {
  /** Its folder as it was written, such as `./src`. */
  readonly dir: string;
  /** Its name as it was written. */
  readonly file: string;
  /** `full`: the content is the file's; `diff`: it is a unified diff of it. Default `full`. */
  readonly mode: "full" | "diff";
  /** Each `note:` or `notes:` of its header. */
  readonly notes: readonly string[];
  readonly content: string;
}

/**
 * The path of a block's file below the folder that the text is about, without `.` parts.
 * @throws TetraError `PATH_REFUSED` when it is absolute or leaves that folder.
 */
export function pathOf({ dir, file }: Pick<MulticatBlock, "dir" | "file">): string {
  const text = `${dir}/${file}`;
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  if (dir.startsWith("/") || file.startsWith("/")) throw refused(text, "is absolute");
  if (parts.includes("..")) throw refused(text, "leads out of the project");
  // a name that somebody's other system takes for a path
  if (/^[A-Za-z]:|\\/.test(text)) throw refused(text, "is a path of another system");
  // oxlint-disable-next-line eslint/no-control-regex -- they are what is refused
  if (/[\u0000-\u001F\u007F]/.test(text)) throw refused(text, "holds control characters");
  if (parts.length === 0 || file.endsWith("/")) throw refused(text, "names no file");
  return parts.join("/");
}

function refused(path: string, why: string): TetraError<MulticatErrorCode> {
  return new TetraError("PATH_REFUSED", `${JSON.stringify(path.slice(0, 200))} ${why}`, {
    hint: "give a path inside the project, such as src/main.ts",
    details: { path: path.slice(0, 1000) },
  });
}
