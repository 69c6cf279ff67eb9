/** Where a value can come from, the strongest first. */
export const SOURCE_NAMES = [
  "flag",
  "topology.json",
  "tetra.toml",
  "ssh config",
  "built-in",
] as const;

/** One kind of source. */
export type SourceName = (typeof SOURCE_NAMES)[number];

/** What set a value. */
export interface Origin {
  readonly source: SourceName;
  /** The file, as it was named when it was read. */
  readonly file?: string;
  /** The line in it, from 1. */
  readonly line?: number;
  /** The key, as a person would look for it: `@staging.host`, `[environments.dev] ssh_key`. */
  readonly key?: string;
}

/** A value and what set it. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly origin: Origin;
}

/** An origin in one line: `tetra.toml:12 [connectors] "@dev".host`. */
export function formatOrigin({ source, file, line, key }: Origin): string {
  const place = file === undefined ? source : `${file}${line === undefined ? "" : `:${line}`}`;
  return key === undefined ? place : `${place} ${key}`;
}
