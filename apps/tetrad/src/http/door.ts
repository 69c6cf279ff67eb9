import { type Refusal, refused } from "./refusal.ts";

/** What a request shows before anything of it is believed. */
export interface Visit {
  readonly method: string;
  readonly url: string;
  /** Every value of each header, by its name in lower case. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
}

/** The only path. */
export const PATH = "/mcp";
const METHODS: readonly string[] = ["GET", "POST", "DELETE"];
const LOCAL_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];
/** Said twice, one reader would believe the first and another one the second. */
const SINGLE: readonly string[] = [
  "host",
  "origin",
  "authorization",
  "content-length",
  "content-type",
  "mcp-session-id",
  "mcp-protocol-version",
  "last-event-id",
];
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/;

/** Names of hosts that a request may be for. The port may be another one: tunnels change it. */
export function hostNames(address: string | undefined, further: readonly string[]): Set<string> {
  const own = address === undefined ? [] : [address.includes(":") ? `[${address}]` : address];
  return new Set([...LOCAL_HOSTS, ...own, ...further].map((name) => name.toLowerCase()));
}

/**
 * Whom nothing is said but no: web pages (a page of somebody else's, or one whose name was made to point
 * here, sends its own `Host` or `Origin`), and whatever is not meant for us.
 */
export function refusalOf(
  { method, url, headers }: Visit,
  hosts: ReadonlySet<string>,
): Refusal | undefined {
  const twice = SINGLE.find((name) => (headers[name]?.length ?? 0) > 1);
  if (twice !== undefined) return refused(400, "HEADER_TWICE", `${twice} is given twice`);
  const host = headers["host"]?.[0]?.toLowerCase() ?? "";
  const [, name = ""] = HOST.exec(host) ?? [];
  if (!hosts.has(name)) return refused(403, "FOREIGN_HOST", "this is not the host you mean");
  const origin = headers["origin"]?.[0]?.toLowerCase();
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return refused(403, "FOREIGN_ORIGIN", "web pages are not answered");
  }
  if (url !== PATH) {
    const message = `there is only ${PATH}, without a query; a token belongs into Authorization`;
    return refused(404, "UNKNOWN_PATH", message);
  }
  if (!METHODS.includes(method)) {
    const allow = METHODS.join(", ");
    const message = `${PATH} takes ${allow}`;
    return { ...refused(405, "WRONG_METHOD", message), headers: { allow } };
  }
  return undefined;
}
