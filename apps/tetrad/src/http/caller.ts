import { allowsTheSame, type Token } from "../tokens/token.ts";
import type { TokenBook } from "../tokens/token-book.ts";
import type { Refusal } from "./refusal.ts";

/** Who calls: the user, over a socket that only he can open, or whoever shows a token. */
export type Caller = { readonly type: "owner" } | { readonly type: "token"; readonly token: Token };

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/** Who calls, by the header `Authorization`; a refusal says no more than that the token does not count. */
export function callerOf(authorization: string | undefined, book: TokenBook): Caller | Refusal {
  if (authorization === undefined) return unknown('Bearer realm="tetra"', "a token is required");
  const [, secret] = BEARER.exec(authorization) ?? [];
  const token = secret === undefined ? undefined : book.find(secret);
  if (token !== undefined) return { type: "token", token };
  return unknown(
    'Bearer realm="tetra", error="invalid_token"',
    "this token does not count: it is unknown, has expired or was revoked",
  );
}

/** Whether both have the same rights for the same reason. */
export function isSameCaller(one: Caller, other: Caller): boolean {
  if (one.type === "owner" || other.type === "owner") return one.type === other.type;
  return allowsTheSame(one.token, other.token);
}

/** What `ttm mcp` is started with for this caller. */
export function argumentsFor(caller: Caller): readonly string[] {
  if (caller.type === "owner") return ["mcp", "--mode", "operate"];
  const { mode, policy } = caller.token;
  return ["mcp", "--mode", mode, ...(policy === undefined ? [] : ["--policy", policy])];
}

function unknown(challenge: string, message: string): Refusal {
  return {
    status: 401,
    reason: "TOKEN_REQUIRED",
    message: `${message}; tetrad token create NAME makes one`,
    headers: { "www-authenticate": challenge },
  };
}
