/** Whether a target is a symbol (level 0, `@name`) and not an address already. */
export function isSymbol(target: string): boolean {
  return target.startsWith("@") && target.length > 1;
}

/** The name of a symbol: what follows its `@`. */
export function symbolName(symbol: string): string {
  return symbol.slice(1);
}
