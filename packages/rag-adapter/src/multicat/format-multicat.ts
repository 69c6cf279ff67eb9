import { TetraError } from "@tetra/errors";
import type { MulticatBlock } from "./block.ts";
import type { MulticatErrorCode } from "./errors.ts";
import { escaped, hasMarkers } from "./marker.ts";

/**
 * Writes blocks as MULTICAT, so that `parseMulticat` gives the same blocks again. Content that holds
 * markers, or ends without a newline, is written with a header line more (`# written:`) that says so.
 * @throws TetraError `INVALID_MULTICAT` when a folder, name or note is none that a header line can hold.
 */
export function formatMulticat(blocks: readonly MulticatBlock[]): string {
  return blocks.map(formatBlock).join("");
}

function formatBlock({ dir, file, mode, notes, content }: MulticatBlock): string {
  const isEscaped = hasMarkers(content);
  const isOpen = content !== "" && !content.endsWith("\n");
  const written = [...(isEscaped ? ["escaped"] : []), ...(isOpen ? ["without-newline"] : [])];
  const header = [
    "#MULTICAT_START",
    `# dir: ${headerValue(dir, "dir")}`,
    `# file: ${headerValue(file, "file")}`,
    ...(mode === "full" ? [] : [`# mode: ${mode}`]),
    ...notes.map((note) => `# note: ${headerValue(note, "note")}`),
    ...(written.length === 0 ? [] : [`# written: ${written.join(" ")}`]),
    "#MULTICAT_END",
  ];
  return `${header.join("\n")}\n${isEscaped ? escaped(content) : content}${isOpen ? "\n" : ""}`;
}

function headerValue(text: string, key: string): string {
  const isKept = text === text.trim() && !/[\n\r\u2028\u2029]/.test(text);
  if (isKept && (text !== "" || key === "note")) return text;
  throw new TetraError<MulticatErrorCode>(
    "INVALID_MULTICAT",
    `${JSON.stringify(text.slice(0, 200))} cannot be the ${key} of a block`,
    { hint: "give one line without spaces around it" },
  );
}
