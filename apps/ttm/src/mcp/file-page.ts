import { TetraError } from "@tetra/errors";
import { checkBlobName } from "@tetra/tts-core";
import type { Masker } from "@tetra/tts-core/saga";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { TtmErrorCode } from "../errors.ts";
import { withStore } from "../open-store.ts";
import { masksOf } from "./masks.ts";
import type { Session } from "./session.ts";

/** A piece of a file that belongs to a transaction. */
export interface FilePage {
  readonly name: string;
  /** Of the whole file. */
  readonly bytes: number;
  readonly offset: number;
  readonly text?: string;
  /** Where it is no text. */
  readonly base64?: string;
  readonly next_offset?: number;
}

/** Which piece of which file. */
export interface FileQuery {
  readonly id: string;
  readonly from: "evidence" | "artifacts";
  readonly name: string;
  readonly offset: number;
  readonly limit: number;
}

/** Longer files are read by people. */
const MOST_IN_FILE = 64 * 1024 * 1024;

/**
 * Reads a piece of a file; where it is text, whole characters, and secrets are masked before it is cut: a
 * half of one would not be known.
 * @throws TetraError `NOT_FOUND`, `INVALID_INPUT` for a name that could leave its folder, `TOO_MUCH`
 */
export function filePage(
  { app, policyFile }: Pick<Session, "app" | "policyFile">,
  { id, from, name, offset, limit }: FileQuery,
): Promise<FilePage> {
  return withStore(app, "read", async ({ store, manager }) => {
    const whole = await manager.resolveId(id);
    const { context, artifacts } = store.paths(whole);
    const path = join(from === "evidence" ? context : artifacts, checkBlobName(name));
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > MOST_IN_FILE) {
      throw new TetraError<TtmErrorCode>("TOO_MUCH", `${name} has ${size} bytes`, {
        hint: `only files of up to ${MOST_IN_FILE} bytes are read here`,
      });
    }
    const bytes = await (from === "evidence"
      ? store.readContext(whole, name)
      : store.readArtifact(whole, name));
    const shown = isUtf8(bytes) ? masked(bytes, masksOf({ app, policyFile })) : bytes;
    return { name, bytes: shown.length, ...pieceOf(shown, { offset, limit }) };
  });
}

/** A piece of some bytes, as text where the whole is text. */
export function pieceOf(
  bytes: Uint8Array,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Omit<FilePage, "name" | "bytes"> {
  const isText = isUtf8(bytes);
  const from = isText ? characterAt(bytes, offset) : Math.min(offset, bytes.length);
  const end = isText ? characterAt(bytes, from + limit) : Math.min(from + limit, bytes.length);
  // at least one character, whatever was asked for
  const to = isText && end === from ? characterBehind(bytes, from) : end;
  const piece = Buffer.from(bytes.subarray(from, to));
  return {
    offset: from,
    ...(isText ? { text: piece.toString("utf8") } : { base64: piece.toString("base64") }),
    ...(to < bytes.length ? { next_offset: to } : {}),
  };
}

function masked(bytes: Uint8Array, { text }: Masker): Uint8Array {
  const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return new TextEncoder().encode(text(whole));
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The beginning of the character that a place is in. */
function characterAt(bytes: Uint8Array, place: number): number {
  let at = Math.min(place, bytes.length);
  while (at > 0 && at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}

function characterBehind(bytes: Uint8Array, place: number): number {
  let at = Math.min(place + 1, bytes.length);
  while (at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
