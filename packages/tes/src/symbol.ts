import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "./errors.ts";

/** A symbol for the resolution of endpoints: `@name`. */
export interface EndpointSymbol {
  readonly type: "endpoint";
  /** The whole, `@` included. */
  readonly text: string;
  /** What follows the `@`. */
  readonly name: string;
}

/** A symbol for another resolver: `@spaces:bucket[:path]`, `@agent:…` or `@module:…`. */
export interface ForeignSymbol {
  readonly type: "foreign";
  /** The whole, `@` included. */
  readonly text: string;
  /** Whose it is. */
  readonly resolver: (typeof FOREIGN_RESOLVERS)[number];
  /** What follows the first colon. */
  readonly rest: string;
}

/** A place as one word, as `scp` would write it: `@staging:~/app`. */
export interface Location {
  readonly symbol: EndpointSymbol;
  /** What follows the colon; absent when there is none. */
  readonly path?: string;
}

const FOREIGN_RESOLVERS = ["spaces", "agent", "module"] as const;

/** Whether a target is a symbol (level 0, `@name`) and not an address already. */
export function isSymbol(target: string): boolean {
  return target.startsWith("@") && target.length > 1;
}

/** The name of a symbol: what follows its `@`. */
export function symbolName(symbol: string): string {
  return symbol.slice(1);
}

/**
 * Reads a symbol: `@`, an ASCII letter, then ASCII letters, digits, `-` and `_`; or a foreign one.
 * @throws TetraError `INVALID_SYMBOL`, whose message and `details.column` (from 1) point at the first
 *   character that is wrong.
 */
export function parseSymbol(text: string): EndpointSymbol | ForeignSymbol {
  const resolver = FOREIGN_RESOLVERS.find((name) => text.startsWith(`@${name}:`));
  if (resolver !== undefined) {
    const rest = text.slice(resolver.length + 2);
    if (rest === "") throw invalid(text, text.length, `something after "@${resolver}:" is missing`);
    return { type: "foreign", text, resolver, rest };
  }
  const wrong = firstWrong(text);
  if (wrong !== undefined) throw wrong;
  return { type: "endpoint", text, name: symbolName(text) };
}

/**
 * Reads a symbol that endpoints can be resolved from.
 * @throws TetraError `INVALID_SYMBOL`, or `FOREIGN_SYMBOL` for one that other resolvers understand.
 */
export function parseEndpointSymbol(text: string): EndpointSymbol {
  const symbol = parseSymbol(text);
  if (symbol.type === "endpoint") return symbol;
  throw new TetraError<ResolveErrorCode>(
    "FOREIGN_SYMBOL",
    `${text}: "@${symbol.resolver}:" is not an endpoint; it belongs to the ${symbol.resolver} resolver`,
    {
      hint: "give a symbol such as @staging",
      details: { symbol: text, resolver: symbol.resolver },
    },
  );
}

/**
 * Reads `@staging` or `@staging:path`. The path is everything after the first colon.
 * @throws TetraError `INVALID_SYMBOL`, `FOREIGN_SYMBOL`
 */
export function parseLocation(text: string): Location {
  const colon = text.indexOf(":");
  if (colon === -1 || FOREIGN_RESOLVERS.some((name) => text.startsWith(`@${name}:`))) {
    return { symbol: parseEndpointSymbol(text) };
  }
  const path = text.slice(colon + 1);
  if (path === "") throw invalid(text, text.length, "the path after the colon is missing");
  return { symbol: parseEndpointSymbol(text.slice(0, colon)), path };
}

function firstWrong(text: string): TetraError<ResolveErrorCode> | undefined {
  if (text === "") return invalid(text, 0, "it is empty");
  if (text[0] !== "@") return invalid(text, 0, "a symbol begins with @");
  if (text.length === 1) return invalid(text, 1, "a name must follow the @");
  if (!/^@[A-Za-z]/u.test(text)) return invalid(text, 1, "a name begins with a letter");
  const at = text.slice(1).search(/[^A-Za-z0-9_-]/u) + 1;
  if (at === 0) return undefined;
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return invalid(text, at, `${JSON.stringify(character)} cannot be part of a name`);
}

function invalid(text: string, offset: number, reason: string): TetraError<ResolveErrorCode> {
  const column = offset + 1;
  return new TetraError("INVALID_SYMBOL", `${JSON.stringify(text)}, column ${column}: ${reason}`, {
    hint: "write @ and a name of letters, digits, - and _, such as @staging",
    details: { symbol: text, column },
  });
}
