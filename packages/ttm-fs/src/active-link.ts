import { basename, join } from "node:path/posix";
import { flushFolder, isSystemError, swapLink } from "@tetra/durable-fs";
import { isTransactionId, notFound } from "@tetra/tts-core";
import type { Environment } from "./environment.ts";
import { ACTIVE, isThere, transactionPaths } from "./layout.ts";

/** The id that `active` points at, if that transaction exists. Relative and absolute links will do. */
export function readActive({ fs, root }: Environment): string | undefined {
  let target: string;
  try {
    target = fs.readLink(join(root, ACTIVE));
  } catch (error) {
    // nothing there, or a file that somebody put in its place
    if (isSystemError(error, "ENOENT") || isSystemError(error, "EINVAL")) return undefined;
    throw error;
  }
  const id = basename(target);
  if (!isTransactionId(id)) return undefined;
  return isThere(fs, transactionPaths(root, id)) ? id : undefined;
}

/** Points `active` at a transaction: relative, so that the store can move. @throws TetraError `NOT_FOUND` */
export function writeActive({ fs, root }: Environment, id: string): void {
  if (!isThere(fs, transactionPaths(root, id))) throw notFound(id);
  const swap = (): void => swapLink(fs, `${id}/`, join(root, ACTIVE));
  try {
    swap();
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
    swap(); // a sweeper took the new link for a dead process's
  }
}

/** Whether `active` is a link that points at no transaction. */
export function isDangling(env: Environment): boolean {
  const kind = env.fs.stat(join(env.root, ACTIVE))?.kind;
  return kind === "link" && readActive(env) === undefined;
}

/** Removes `active`, durably: what it points at may be removed next. */
export function clearActive({ fs, root }: Environment): void {
  try {
    fs.removeFile(join(root, ACTIVE));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return;
    throw error;
  }
  flushFolder(fs, root);
}
