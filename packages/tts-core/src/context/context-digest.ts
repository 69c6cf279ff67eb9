import { compareBytes } from "./byte-order.ts";

/** A regular file below `ctx/`, at any depth. */
export interface DigestedFile {
  /** As `$TTM_TXNS_DIR/<id>/ctx/…` is spelled, no symlink resolved. */
  readonly path: string;
  /** Of its bytes, lower-case hex. */
  readonly sha256: string;
}

/**
 * The text whose SHA-256 is a transaction's context digest (TTS 1.0): the sorted output of
 * `sha256sum` over every regular file.
 */
export function contextDigestText(files: readonly DigestedFile[]): string {
  return files.map(checksumLine).toSorted(compareBytes).join("");
}

/** As `sha256sum` writes it: a name with a backslash or line break is escaped, and the line marked. */
function checksumLine({ path, sha256 }: DigestedFile): string {
  const escaped = path.replaceAll(/[\\\n\r]/g, (character) => ESCAPES[character] ?? character);
  return `${escaped === path ? "" : "\\"}${sha256}  ${escaped}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };
