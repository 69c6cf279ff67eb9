import { isTetraError } from "@tetra/errors";
import type { ConfigPlace } from "../config-folder.ts";
import { parseTokens, readTokenBytes, tokensPath } from "./token-file.ts";
import { allowsTheSame, findToken, isCurrent, type Token } from "./token.ts";

/** What a token book works with. */
export interface TokenBookPorts extends ConfigPlace {
  readonly now: () => number;
  /** For people, when the file cannot be used; once for each reason. */
  readonly complain: (text: string) => void;
}

/** Tells who shows a token. Whatever it says is true of the file at this moment. */
export interface TokenBook {
  /** Whose token this is; `undefined`: nobody's that counts. */
  find(secret: string): Token | undefined;
  /** Whether a token that was found before still counts, and for the same. */
  isGood(token: Token): boolean;
  /** Whether there is any. */
  hasTokens(): boolean;
}

/**
 * Opens the tokens of `$TETRA_DIR`. The file is read at every question, which takes microseconds, so that
 * nothing has to be told of a change; a file that cannot be used is one without tokens.
 */
export function tokenBook({ now, complain, ...place }: TokenBookPorts): TokenBook {
  const path = tokensPath(place.tetraDir);
  let lastBytes: Uint8Array | undefined;
  let lastTokens: readonly Token[] = [];
  let lastComplaint = "";

  function tokens(): readonly Token[] {
    try {
      const bytes = readTokenBytes(place);
      if (lastBytes === undefined || Buffer.compare(lastBytes, bytes) !== 0) {
        lastBytes = undefined;
        lastTokens = parseTokens(bytes, path);
        lastBytes = bytes;
      }
      lastComplaint = "";
      return lastTokens;
    } catch (error) {
      // closed, not open: whatever is wrong with the file
      const why = isTetraError(error) ? error.message : `${path} cannot be read: ${String(error)}`;
      if (why !== lastComplaint) complain(why);
      lastComplaint = why;
      return [];
    }
  }

  return {
    find: (secret) => findToken(tokens(), secret, now()),
    isGood: (token) =>
      isCurrent(token, now()) && tokens().some((other) => allowsTheSame(token, other)),
    hasTokens: () => tokens().some((token) => isCurrent(token, now())),
  };
}
