import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "@tetra/tts-core";
import type { FlowErrorCode } from "../errors.ts";
import type { FlowFiles } from "../flow-files.ts";
import { contentId, type EvidenceFile } from "./evidence-file.ts";
import type { Selector } from "./selector.ts";
import { slice } from "./span.ts";

/** Where evidence comes from. */
export interface EvidenceSource {
  readonly selector: Selector;
  /** Absolute path of the selected file. */
  readonly path: string;
}

/**
 * Reads what is selected of a file.
 * @throws TetraError `NOT_FOUND` when the file is missing, `INVALID_INPUT` when the range begins behind its
 *   end, `NOT_TEXT`.
 */
export async function takeEvidence(
  files: FlowFiles,
  { selector, path }: EvidenceSource,
): Promise<EvidenceFile> {
  const { file, range, tags } = selector;
  const { bytes, span } = slice(await readSource(files, path, file), range, file);
  return {
    heading: file,
    source: path,
    cid: contentId(bytes),
    span,
    tags,
    text: textOf(bytes, selector),
  };
}

/** The error for a source that is not there; `file` as the caller named it. */
export function sourceMissing(file: string): TetraError<TtsErrorCode> {
  return new TetraError("NOT_FOUND", `${file}: no such file`, {
    hint: "give the path of a file that exists",
    details: { file },
  });
}

async function readSource(files: FlowFiles, path: string, file: string): Promise<Uint8Array> {
  const real = await files.real(path);
  const stat = real === undefined ? undefined : await files.stat(real);
  if (real === undefined || stat === undefined) throw sourceMissing(file);
  if (stat.kind !== "file") {
    throw notText(`${file}: not a file`, "add the files in it one by one", file);
  }
  const content = await files.read(real);
  if (content === undefined) throw sourceMissing(file);
  return content;
}

function textOf(bytes: Uint8Array, { file, range }: Selector): string {
  // a range of bytes may cut characters in two at its ends; everything else is text or it is not
  const fatal = range.unit !== "bytes";
  try {
    if (!bytes.includes(0)) {
      return new TextDecoder("utf-8", { fatal, ignoreBOM: true }).decode(bytes);
    }
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
  }
  const hint = "add it as a numbered context file instead, which may be anything";
  throw notText(`${file}: not text in UTF-8`, hint, file);
}

function notText(message: string, hint: string, file: string): TetraError<FlowErrorCode> {
  return new TetraError("NOT_TEXT", message, { hint, details: { file } });
}
