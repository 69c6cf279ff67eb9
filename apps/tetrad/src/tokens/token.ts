import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Mode } from "./mode.ts";

/** A token as it is kept: everything but the token. */
export interface Token {
  /** What people call it. */
  readonly name: string;
  /** SHA-256 of the token, in hexadecimal. The token has 256 random bits: there is nothing to guess or to salt. */
  readonly sha256: string;
  readonly mode: Mode;
  /** A file that says what its sessions may do; absolute. */
  readonly policy?: string;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** From when on it does not count any more. */
  readonly expiresAtMs?: number;
}

const PREFIX = "tetra_";
const BYTES = 32;
/** Whatever is longer is no token: it is not even digested. */
const MOST_CHARACTERS = 128;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether a token can be called this. */
export function isTokenName(name: string): boolean {
  return NAME.test(name);
}

/** A new token. Its beginning lets people and scanners recognise one that got somewhere it should not be. */
export function newSecret(): string {
  return `${PREFIX}${randomBytes(BYTES).toString("base64url")}`;
}

/** What is kept of a token. */
export function digestOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Whether it still counts. */
export function isCurrent({ expiresAtMs }: Token, nowMs: number): boolean {
  return expiresAtMs === undefined || nowMs < expiresAtMs;
}

/** The token that somebody shows; takes as long whichever it is, and whether it is one at all. */
export function findToken(
  tokens: readonly Token[],
  secret: string,
  nowMs: number,
): Token | undefined {
  if (secret.length > MOST_CHARACTERS) return undefined;
  const shown = Buffer.from(digestOf(secret), "hex");
  const found = tokens.filter(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, "hex"), shown));
  return found.find((token) => isCurrent(token, nowMs));
}

/** Whether what a token allows is unchanged. */
export function allowsTheSame(one: Token, other: Token): boolean {
  return one.sha256 === other.sha256 && one.mode === other.mode && one.policy === other.policy;
}
