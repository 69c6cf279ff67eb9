import type { Endpoints, KnownEndpoint } from "../endpoints.ts";
import { lookUp } from "../endpoints.ts";
import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "../errors.ts";
import { nearest } from "../nearest.ts";
import type { EndpointFlags } from "../sources/flags.ts";
import { type EndpointSymbol, parseEndpointSymbol } from "../symbol.ts";

/** Level 0: a name, and everything the sources say about it. */
export interface SymbolLevel {
  readonly level: "symbol";
  /** `@staging` */
  readonly text: string;
  readonly symbol: EndpointSymbol;
  readonly known: KnownEndpoint;
}

/**
 * Finds what is known of a symbol.
 * @throws TetraError `INVALID_SYMBOL`, `FOREIGN_SYMBOL`, or `UNKNOWN_SYMBOL` with the nearest name.
 */
export function toSymbol(text: string, endpoints: Endpoints, flags: EndpointFlags): SymbolLevel {
  const symbol = parseEndpointSymbol(text);
  const known = lookUp(endpoints, symbol.text, flags);
  if (known !== undefined) return { level: "symbol", text, symbol, known };
  const names = endpoints.sources.flatMap(({ symbols }) => symbols);
  const suggestion = nearest(text, names);
  const files = endpoints.sources.flatMap(({ file }) => (file === undefined ? [] : [file]));
  throw new TetraError<ResolveErrorCode>("UNKNOWN_SYMBOL", `${text} is not known`, {
    hint:
      suggestion === undefined
        ? `describe it in ${files[0] ?? "topology.json"}`
        : `did you mean ${suggestion}?`,
    details: { symbol: text, suggestion, files },
  });
}
