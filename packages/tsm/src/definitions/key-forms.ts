import { probeKeys, probeText } from "./probe-keys.ts";
import type { ServiceKeys } from "./service-keys.ts";

/** Keys inside of keys, as they are written. */
export type Nested = Record<string, unknown>;

/** Whether a value holds keys. */
export function isNested(value: unknown): value is Nested {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The keys of a service that have several forms, in the one that can say everything. */
export function expandedKeys({ backoff, watch, health, ready, ...keys }: ServiceKeys): Nested {
  return withoutUndefined({
    ...keys,
    backoff: typeof backoff === "string" ? { first: backoff } : backoff,
    watch: watch === true ? { paths: ["."] } : Array.isArray(watch) ? { paths: watch } : watch,
    health: withCheck(health),
    ready: withCheck(ready),
  });
}

/** For each key with several forms, what it is short for where nothing else is said. */
const SHORT_FOR = { backoff: "first", watch: "paths", health: "check", ready: "check" } as const;

/** The reverse of {@link expandedKeys}: the shortest form. */
export function collapsedKeys(expanded: Nested): Nested {
  return Object.fromEntries(
    Object.entries(expanded).map(([key, value]) => {
      if (!isShortable(key) || !isNested(value)) return [key, value];
      const { check, ...rest } = value;
      if (Object.keys(value).join() === SHORT_FOR[key]) return [key, value[SHORT_FOR[key]]];
      return [key, typeof check === "string" ? { ...probeKeys(check), ...rest } : value];
    }),
  );
}

function isShortable(key: string): key is keyof typeof SHORT_FOR {
  return Object.hasOwn(SHORT_FOR, key);
}

function withCheck(probe: ServiceKeys["health"] | ServiceKeys["ready"]): Nested | undefined {
  if (probe === undefined) return undefined;
  if (typeof probe === "string") return { check: probe };
  const { http: _http, tcp: _tcp, command: _command, ...rest } = probe;
  return { check: probeText(probe), ...rest };
}

function withoutUndefined(keys: Nested): Nested {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}
