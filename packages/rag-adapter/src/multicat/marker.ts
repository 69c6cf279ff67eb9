// The format knows no way to write its own markers as content. What we write has one: a backslash in front of
// them, and `# written: escaped` in the block's header, so that content of other writers is never touched.

const MARKER = /^#MULTICAT_(START|END)#?[ \t]*$/;
const ESCAPED = /^(\\*)(#MULTICAT_(?:START|END)#?[ \t]*\r?)$/gm;

/** Which marker a line is, if it is one; also the old form, with `#` behind it. */
export function markerOf(line: string): "start" | "end" | undefined {
  const kind = MARKER.exec(line)?.[1];
  if (kind === undefined) return undefined;
  return kind === "START" ? "start" : "end";
}

/** Whether a text has lines that would be taken for markers, or for markers that were escaped. */
export function hasMarkers(text: string): boolean {
  return text.search(ESCAPED) !== -1;
}

/** The text with one backslash more in front of each marker. */
export function escaped(text: string): string {
  return text.replaceAll(ESCAPED, String.raw`\$1$2`);
}

/** The opposite of `escaped`. */
export function unescaped(text: string): string {
  return text.replaceAll(
    ESCAPED,
    (_line, slashes: string, marker: string) => slashes.slice(1) + marker,
  );
}
