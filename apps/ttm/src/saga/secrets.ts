import type { Environment } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import type { SecretReader } from "@tetra/tts-core/saga";
import { readFile } from "node:fs/promises";
import type { TtmErrorCode } from "../errors.ts";

/** A reader of secrets that remembers what it has read, so that it can be kept out of what is shown. */
export interface RememberingReader extends SecretReader {
  /** Every secret read so far. */
  values(): readonly string[];
}

/** Reads `env:NAME` from the environment, and `file:PATH` without the line end behind it. */
export function secretReader(env: Environment): RememberingReader {
  const known = new Set<string>();
  return {
    async read(reference) {
      const value = await valueOf(reference, env);
      known.add(value);
      return value;
    },
    values: () => [...known],
  };
}

async function valueOf(reference: string, env: Environment): Promise<string> {
  const [, kind, place = ""] = /^(env|file):(.+)$/su.exec(reference) ?? [];
  if (kind === "env") {
    const value = env[place];
    if (value !== undefined && value !== "") return value;
    throw missing(reference, value === undefined ? "is not set" : "is empty", `set ${place}`);
  }
  if (kind === "file") {
    const value = (await contentOf(reference, place)).replace(/\r?\n$/u, "");
    if (value !== "") return value;
    throw missing(reference, "is empty", `write the secret to ${place}`);
  }
  throw missing(reference, "is no place to read from", "write env:NAME or file:PATH");
}

async function contentOf(reference: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const what = code === "ENOENT" ? "is not there" : `cannot be read (${code})`;
    throw missing(reference, what, "look at the path and its permissions");
  }
}

function missing(reference: string, what: string, hint: string): TetraError<TtmErrorCode> {
  return new TetraError("SECRET_MISSING", `the secret ${reference} ${what}`, {
    hint,
    details: { reference },
  });
}
