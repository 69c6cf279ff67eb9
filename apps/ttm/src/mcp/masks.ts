import { isTetraError } from "@tetra/errors";
import { type Masker, masker } from "@tetra/tts-core/saga";
import { readFileSync } from "node:fs";
import { readPolicy } from "../agent-policy/policy-file.ts";
import type { App } from "../app.ts";
import type { Session } from "./session.ts";

/** Keeps the secrets that the policy names out of whatever an agent is told. */
export function masksOf({ app, policyFile }: Pick<Session, "app" | "policyFile">): Masker {
  return masker(secretsOf(policyFile).flatMap((reference) => valueOf(reference, app)));
}

/** What each policy named when it could be read last: one that is being edited must not lay anything open. */
const lastNamed = new Map<string, readonly string[]>();

function secretsOf(file: string): readonly string[] {
  try {
    lastNamed.set(file, readPolicy(file)?.secrets ?? []);
  } catch (error) {
    if (!isTetraError(error, "INVALID_POLICY")) throw error;
  }
  return lastNamed.get(file) ?? [];
}

function valueOf(reference: string, { env }: App): readonly string[] {
  const [, kind, place = ""] = /^(env|file):(.+)$/su.exec(reference) ?? [];
  if (kind === "env") {
    const value = env[place];
    return value === undefined ? [] : [value];
  }
  try {
    return [readFileSync(place, "utf8").replace(/\r?\n$/u, "")];
  } catch {
    return []; // what cannot be read is not known to anybody
  }
}
