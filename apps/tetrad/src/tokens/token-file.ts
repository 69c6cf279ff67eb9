import { dirname, join } from "node:path";
import { isSystemError, readAll, writeFileAtomic } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import * as z from "zod/mini";
import { configFolder, type ConfigPlace, lockConfig } from "../config-folder.ts";
import { firstProblem, strictObject } from "../config-shape.ts";
import type { TetradErrorCode } from "../errors.ts";
import { MODES } from "./mode.ts";
import type { Token } from "./token.ts";

const text = z.string("must be text");
const instant = z.number("must be milliseconds since the epoch");
const SHA_256 = "must be 64 hexadecimal digits";

const tokenOnDisk = strictObject({
  name: text,
  sha256: z.string(SHA_256).check(z.regex(/^[0-9a-f]{64}$/, SHA_256)),
  mode: z.enum(MODES, `must be ${MODES.join(" or ")}`),
  policy: z.optional(text),
  created_at_ms: instant,
  expires_at_ms: z.optional(instant),
});
const fileOnDisk = strictObject({ tokens: z.array(tokenOnDisk, "must be a list") });

const MOST_BYTES = 1024 * 1024;
const OTHERS_WRITE = 0o022;

/** Where tokens are kept, or rather their digests. */
export function tokensPath(tetraDir: string): string {
  return join(configFolder(tetraDir), "tokens.json");
}

/**
 * The bytes of the file; none when it is not there.
 * @throws TetraError `CONFIG_UNSAFE` when somebody else could have written it, `CONFIG_INVALID`
 */
export function readTokenBytes({ fs, tetraDir }: ConfigPlace): Uint8Array {
  const path = tokensPath(tetraDir);
  const folder = fs.stat(`${configFolder(tetraDir)}/.`);
  if (folder === undefined) return new Uint8Array();
  if ((folder.mode & OTHERS_WRITE) !== 0) throw unsafe(path, "others may write to its folder");
  let fd: number;
  try {
    fd = fs.open(path, "read");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return new Uint8Array();
    if (isSystemError(error, "ELOOP")) throw unsafe(path, "it is a link");
    throw error;
  }
  try {
    const { mode, size } = fs.statOpen(fd);
    if ((mode & OTHERS_WRITE) !== 0) throw unsafe(path, "others may write to it");
    if (size > MOST_BYTES) throw invalid(path, `it has more than ${MOST_BYTES} bytes`);
    return readAll(fs, fd);
  } finally {
    fs.close(fd);
  }
}

/** The tokens in such bytes. @throws TetraError `CONFIG_INVALID` */
export function parseTokens(bytes: Uint8Array, path: string): readonly Token[] {
  if (bytes.length === 0) return [];
  const read = fileOnDisk.safeParse(jsonOf(bytes, path));
  if (!read.success) throw invalid(path, firstProblem(read.error));
  return read.data.tokens.map(fromDisk);
}

function fromDisk({ policy, expires_at_ms, ...token }: z.infer<typeof tokenOnDisk>): Token {
  return {
    name: token.name,
    sha256: token.sha256,
    mode: token.mode,
    createdAtMs: token.created_at_ms,
    ...(policy === undefined ? {} : { policy }),
    ...(expires_at_ms === undefined ? {} : { expiresAtMs: expires_at_ms }),
  };
}

/** The tokens there are. @throws TetraError `CONFIG_INVALID`, `CONFIG_UNSAFE` */
export function readTokens(place: ConfigPlace): readonly Token[] {
  return parseTokens(readTokenBytes(place), tokensPath(place.tetraDir));
}

/**
 * Keeps another token; durable once resolved.
 * @throws TetraError `TOKEN_EXISTS`, `CONFIG_INVALID`, `CONFIG_UNSAFE`
 */
export async function addToken(place: ConfigPlace, token: Token): Promise<void> {
  await change(place, (tokens) => {
    if (!tokens.some(({ name }) => name === token.name)) return [...tokens, token];
    throw new TetraError<TetradErrorCode>("TOKEN_EXISTS", `there is a token ${token.name}`, {
      hint: `choose another name, or end that one: tetrad token revoke ${token.name}`,
      details: { name: token.name },
    });
  });
}

/**
 * Forgets a token; durable once resolved.
 * @throws TetraError `TOKEN_NOT_FOUND`, `CONFIG_INVALID`, `CONFIG_UNSAFE`
 */
export async function removeToken(place: ConfigPlace, name: string): Promise<void> {
  await change(place, (tokens) => {
    const left = tokens.filter((token) => token.name !== name);
    if (left.length < tokens.length) return left;
    throw new TetraError<TetradErrorCode>("TOKEN_NOT_FOUND", `there is no token ${name}`, {
      hint: "tetrad token list shows those there are",
      details: { name },
    });
  });
}

async function change(
  place: ConfigPlace,
  to: (tokens: readonly Token[]) => readonly Token[],
): Promise<void> {
  const lock = await lockConfig(place);
  try {
    const tokens = to(readTokens(place)).map(onDisk);
    const bytes = new TextEncoder().encode(`${JSON.stringify({ tokens }, undefined, 2)}\n`);
    writeFileAtomic(place.fs, tokensPath(place.tetraDir), bytes, { durable: true });
  } finally {
    lock.release();
  }
}

function onDisk(token: Token): z.infer<typeof tokenOnDisk> {
  const { name, sha256, mode, policy, createdAtMs, expiresAtMs } = token;
  return { name, sha256, mode, policy, created_at_ms: createdAtMs, expires_at_ms: expiresAtMs };
}

function jsonOf(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(path, "it is not JSON");
    throw error;
  }
}

function invalid(path: string, why: string): TetraError<TetradErrorCode> {
  return new TetraError("CONFIG_INVALID", `${path}: ${why}`, {
    hint: "correct it, or remove it and make new tokens; until then none counts",
    details: { path },
  });
}

function unsafe(path: string, why: string): TetraError<TetradErrorCode> {
  return new TetraError("CONFIG_UNSAFE", `${path}: ${why}, so no token in it counts`, {
    hint: `see what is in it, then: chmod go-w ${path} ${dirname(path)}`,
    details: { path },
  });
}
