import picomatch from "picomatch";
import { type Range, type Selector, parseSelector } from "../evidence/selector.ts";

/** What was selected: a file or part of one, or all files that a pattern fits. */
export interface Selection extends Selector {
  /** As it was written. */
  readonly text: string;
  /** Whether the path could be a pattern, if no file has exactly this name. */
  readonly isPattern: boolean;
}

const LINES = /^(.+):([0-9]{1,15})(?:-([0-9]{1,15}))?$/s;

/**
 * Reads a selection: a path or a pattern (`src/*.ts`), then a range as `:10-40` or `:10` (lines), or in RAG's
 * own form `::10,40` (lines) or `::1c,500c` (bytes), then tags as `#api,auth`.
 * @throws TetraError `INVALID_INPUT`
 */
export function parseSelection(text: string): Selection {
  const selector = parseSelector(text);
  const [, file, start, end = start] = LINES.exec(selector.file) ?? [];
  if (selector.range.unit !== "full" || file === undefined || start === undefined) {
    return { ...selector, text, isPattern: isPattern(selector.file) };
  }
  // the same checks, in the one place that has them
  const { range }: { readonly range: Range } = parseSelector(`x::${start},${end}`);
  return { file, range, tags: selector.tags, text, isPattern: isPattern(file) };
}

function isPattern(path: string): boolean {
  return picomatch.scan(path).isGlob;
}
