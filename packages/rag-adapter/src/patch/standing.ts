import { createHash } from "node:crypto";
import * as z from "zod/mini";
import type { Look, ProjectFiles } from "./project-files.ts";

/** What stands at a path, as it is recorded: enough to tell it again, and to put it back. */
export type Standing =
  | { readonly kind: "absent" }
  | {
      readonly kind: "file";
      /** `sha256:` and lower-case hex. */
      readonly digest: string;
      readonly bytes: number;
      readonly mode: number;
      /** -1: whoever writes it. */
      readonly uid: number;
      readonly gid: number;
      /** Nanoseconds since the epoch, in decimal; absent for a file that is yet to be written. */
      readonly modified_ns?: string;
    }
  | { readonly kind: "link"; readonly target: string; readonly modified_ns: string };

const ns = z.string().check(z.regex(/^-?[0-9]{1,20}$/));
const file = z.object({
  kind: z.literal("file"),
  digest: z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/)),
  bytes: z.int().check(z.gte(0)),
  mode: z.int().check(z.gte(0), z.lte(0o7777)),
  uid: z.int(),
  gid: z.int(),
  modified_ns: z.exactOptional(ns),
});

/** The shape in which a standing is recorded. */
export const standingShape: z.ZodMiniType<Standing> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("absent") }),
  file,
  z.object({ kind: z.literal("link"), target: z.string(), modified_ns: ns }),
]);

/** What stands at a path now; a folder, a socket or the like as what it is. */
export function standingAt(
  files: Pick<ProjectFiles, "look" | "read">,
  path: string,
): Standing | Extract<Look, { kind: "folder" | "other" }> {
  const look = files.look(path);
  if (look === undefined) return { kind: "absent" };
  if (look.kind === "folder" || look.kind === "other") return look;
  const { modifiedNs } = look;
  if (look.kind === "link") return { kind: "link", target: look.target, modified_ns: modifiedNs };
  const { mode, owner } = look;
  const bytes = files.read(path);
  return {
    kind: "file",
    digest: digestOf(bytes),
    bytes: bytes.length,
    mode,
    ...owner,
    modified_ns: modifiedNs,
  };
}

/** Whether two are the same to whoever reads them. Times do not count: a touch changes nothing. */
export function isSame(a: Standing | Look, b: Standing): boolean {
  if (a.kind === "file" && b.kind === "file") {
    return "digest" in a && a.digest === b.digest && a.mode === b.mode;
  }
  if (a.kind === "link" && b.kind === "link") return a.target === b.target;
  return a.kind === "absent" && b.kind === "absent";
}

/** `sha256:` and the digest of bytes, lower-case hex. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
