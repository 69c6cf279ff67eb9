import { UriTemplate, type Variables } from "@modelcontextprotocol/server";

/** The addresses of what agents may read. */
export const URIS = {
  transactions: "tetra://transactions",
  services: "tetra://services",
  transaction: (id: string): string => `tetra://transactions/${encodeURIComponent(id)}`,
  events: (id: string): string => `${URIS.transaction(id)}/events`,
  evidence: (id: string, name: string): string =>
    `${URIS.transaction(id)}/evidence/${encodeURIComponent(name)}`,
  serviceLogs: (name: string): string => `tetra://services/${encodeURIComponent(name)}/logs`,
} as const;

/** The longest address that is looked at. */
const LONGEST = 8000;

/**
 * A template whose query may be left out, in part or whole, and stand in any order: `{?offset,limit}`. The
 * library's own wants all of it in order. Values are given as they are meant, percent signs resolved.
 */
export class PagedTemplate extends UriTemplate {
  readonly #path: UriTemplate;
  readonly #queries: readonly string[];

  constructor(template: string) {
    super(template);
    const [path = template, queries = ""] = template.split(/\{\?|\}$/u);
    this.#path = new UriTemplate(queries === "" ? template : path);
    this.#queries = queries === "" ? [] : queries.split(",");
  }

  override match(uri: string): Variables | null {
    if (uri.length > LONGEST) return null;
    const [path = "", query = ""] = uri.split("?", 2);
    const found = this.#path.match(path);
    if (found === null) return null;
    const decoded = Object.entries(found).map(([name, value]) => [
      name,
      decodedText(String(value)),
    ]);
    if (decoded.some(([, value]) => value === undefined)) return null;
    const asked = new URLSearchParams(query);
    const queries = this.#queries.flatMap((name) => {
      const value = asked.get(name);
      return value === null ? [] : [[name, value]];
    });
    return Object.fromEntries([...decoded, ...queries]);
  }
}

function decodedText(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
