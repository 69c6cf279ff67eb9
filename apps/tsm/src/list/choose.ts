import { usageError } from "@tetra/cli-kit";
import type { ServiceRecord } from "../service-record.ts";

/** What a list can be sorted by. */
export const SORTS = [
  "id",
  "name",
  "status",
  "env",
  "pid",
  "port",
  "type",
  "uptime",
  "restarts",
  "cpu",
  "memory",
] as const;

type Sort = (typeof SORTS)[number];

const KEYS: Readonly<Record<Sort, keyof ServiceRecord>> = {
  id: "tsm_id",
  name: "name",
  status: "status",
  env: "env_file",
  pid: "pid",
  port: "port",
  type: "process_type",
  uptime: "uptime",
  restarts: "restarts",
  cpu: "cpu",
  memory: "memory",
};

/** What to show, and in which order. */
export interface Choice {
  /** `key=value`, where the value may have `*`; all must fit. */
  readonly filters: readonly string[];
  /** Words that must all occur in name, command or folder. */
  readonly query: string | undefined;
  readonly sort: string | undefined;
  readonly reverse: boolean;
}

/**
 * Chooses and sorts; what has no value in the sort's field comes last.
 * @throws TetraError `USAGE`
 */
export function choose(
  records: readonly ServiceRecord[],
  { filters, query = "", sort = "id", reverse }: Choice,
): readonly ServiceRecord[] {
  const tests = filters.map(filterOf);
  const words = query.toLowerCase().split(/\s+/);
  const chosen = records.filter((record) => {
    const text = [record.name, record.command, record.cwd].join("\n").toLowerCase();
    return tests.every((test) => test(record)) && words.every((word) => text.includes(word));
  });
  const key = KEYS[namedSort(sort)];
  return chosen.toSorted((a, b) => compare(a[key], b[key], reverse ? -1 : 1));
}

function namedSort(name: string): Sort {
  const sort = SORTS.find((each) => each === name);
  if (sort !== undefined) return sort;
  throw usageError(`cannot sort by ${JSON.stringify(name)}`, `use one of ${SORTS.join(", ")}`);
}

function filterOf(filter: string): (record: ServiceRecord) => boolean {
  const [, name = "name", wanted = filter] = /^([a-z_]+)=(.*)$/s.exec(filter) ?? [];
  const key = SORTS.find((each) => each === name);
  const field = key === undefined ? name : KEYS[key];
  const parts = wanted.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  const pattern = new RegExp(`^${parts.join(".*")}$`, "is");
  return (record) => {
    const values: ReadonlyMap<string, Value> = new Map(Object.entries(record));
    const value = values.get(field);
    if (value === undefined) {
      throw usageError(
        `cannot filter by ${JSON.stringify(name)}`,
        `use ${SORTS.join(", ")}, or a field of list --json`,
      );
    }
    return pattern.test(String(value ?? ""));
  };
}

type Value = ServiceRecord[keyof ServiceRecord];

function compare(a: Value, b: Value, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  const [left, right] = [String(a), String(b)];
  return sign * (left < right ? -1 : Number(left > right));
}
