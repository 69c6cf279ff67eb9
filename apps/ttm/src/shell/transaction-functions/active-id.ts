import { isSystemError } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { isTransactionId } from "@tetra/tts-core";
import { readlinkSync } from "node:fs";
import { basename, join } from "node:path/posix";
import type { TtmErrorCode } from "../../errors.ts";
import { argument, type Caller } from "./caller.ts";

/** The id that `active` names, whether that transaction is there or not (TTS section 5). */
export function activeId({ places }: Pick<Caller, "places">): string | undefined {
  let target: string;
  try {
    target = readlinkSync(join(places.transactions, "active"));
  } catch (error) {
    // nothing there, or something else than a link
    const isNone = ["ENOENT", "ENOTDIR", "EINVAL"].some((code) => isSystemError(error, code));
    if (isNone) return undefined;
    throw error;
  }
  const id = basename(target);
  return isTransactionId(id) ? id : undefined;
}

/** The id that an argument gives: see {@link idOf}. @throws TetraError `NO_ACTIVE` */
export function idAt(caller: Caller, at: number): string {
  return idOf(caller, argument(caller, at));
}

/** A given id, whatever it is; without one, the active transaction's. @throws TetraError `NO_ACTIVE` */
export function idOf(caller: Pick<Caller, "places">, given: string | undefined): string {
  const id = given ?? activeId(caller);
  if (id !== undefined) return id;
  throw new TetraError<TtmErrorCode>("NO_ACTIVE", "no id given, and no transaction is active");
}
