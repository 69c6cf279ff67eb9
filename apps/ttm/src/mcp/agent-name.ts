/** Nobody needs longer names. */
const MOST = 64;

/**
 * What a client says it is, as it is recorded: one line without signs that a terminal would obey. A client
 * may call itself anything; nothing is decided by it.
 */
export function agentName(name: unknown): string {
  if (typeof name !== "string") return UNNAMED;
  const plain = name
    .slice(0, 10 * MOST)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
  const short = Array.from(plain).slice(0, MOST).join("").trim();
  return short === "" ? UNNAMED : short;
}

const UNNAMED = "unnamed agent";

const CLIENT_INFO = "io.modelcontextprotocol/clientInfo";

/** The name in a message in which a client says who it is: once, or, since 2026, with each call. */
export function clientNameIn(message: unknown): string | undefined {
  const params = fieldOf(message, "params");
  const info = fieldOf(params, "clientInfo") ?? fieldOf(fieldOf(params, "_meta"), CLIENT_INFO);
  const name = fieldOf(info, "name");
  return typeof name === "string" ? name : undefined;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
