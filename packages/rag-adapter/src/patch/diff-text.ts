import { createTwoFilesPatch } from "diff";
import type { FileChange } from "./file-change.ts";
import type { Standing } from "./standing.ts";

const CONTEXT = 3;
/** Longer files are named, not shown: comparing takes time that grows with their size. */
const LONGEST = 1_000_000;
const MOST_MS = 2000;

/** What changes, as a unified diff that people read. It is no patch where files are not UTF-8, or very long. */
export function diffText(changes: readonly FileChange[]): string {
  return changes.map(diffOf).join("");
}

function diffOf({ path, before, after, old, fresh }: FileChange): string {
  const [from, to] = [nameOf("a", path, before), nameOf("b", path, after)];
  const head = `diff --git a/${path} b/${path}\n${modes(before, after)}`;
  const decoder = new TextDecoder();
  const isLong = Math.max(old?.length ?? 0, fresh?.length ?? 0) > LONGEST;
  const text = isLong
    ? undefined
    : createTwoFilesPatch(from, to, decoder.decode(old), decoder.decode(fresh), "", "", {
        context: CONTEXT,
        timeout: MOST_MS,
        headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
      });
  if (text === undefined) return `${head}(too long to be shown)\n`;
  return text.includes("@@") ? `${head}${text}` : head;
}

function nameOf(side: "a" | "b", path: string, standing: Standing): string {
  return standing.kind === "absent" ? "/dev/null" : `${side}/${path}`;
}

function modes(before: Standing, after: Standing): string {
  if (before.kind === "absent") return `new file mode ${modeOf(after)}\n`;
  if (after.kind === "absent") return `deleted file mode ${modeOf(before)}\n`;
  const [old, fresh] = [modeOf(before), modeOf(after)];
  return old === fresh ? "" : `old mode ${old}\nnew mode ${fresh}\n`;
}

function modeOf(standing: Standing): string {
  if (standing.kind === "link") return "120000";
  return standing.kind === "file" && (standing.mode & 0o100) !== 0 ? "100755" : "100644";
}
