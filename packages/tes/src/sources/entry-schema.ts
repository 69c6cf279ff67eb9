import * as z from "zod/mini";
import { isSshDestination, SSH_DESTINATION } from "../ssh-destination.ts";
import { ENDPOINT_TYPES, WRITE_RIGHTS } from "./endpoint-fields.ts";

/** What a value of an entry can be, of `topology.json` as of `tetra.toml`. */
export type ValueKind =
  | "symbol"
  | "word"
  | "text"
  | "port"
  | "endpoint type"
  | "write rights"
  | "yes or no";

/** Which keys of an entry mean something, and what their values must be. */
export type EntryKeys = Readonly<Record<string, ValueKind>>;

const isText = (value: unknown): boolean => typeof value === "string" && !value.includes("\0");

/**
 * Whether a value is what its kind says. Beside the schema, because the schema takes 30 ms for the first
 * thousand hosts, as long as all the rest together ten times; that both agree is tested.
 */
export const ACCEPTS: Readonly<Record<ValueKind, (value: unknown) => boolean>> = {
  symbol: (value) => typeof value === "string" && /^@./u.test(value),
  word: (value) => typeof value === "string" && isSshDestination(value),
  text: isText,
  port: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535,
  "endpoint type": (value) => ENDPOINT_TYPES.some((type) => type === value),
  "write rights": (value) => WRITE_RIGHTS.some((rights) => rights === value),
  "yes or no": (value) => typeof value === "boolean",
};

const SCHEMAS: Readonly<Record<ValueKind, z.ZodMiniType>> = {
  symbol: z.string("must be text").check(z.regex(/^@./u, "must begin with @")),
  word: z
    .string("must be text")
    .check(z.regex(SSH_DESTINATION, "must be one word that does not begin with -")),
  text: z.string("must be text").check(z.regex(/^[^\0]*$/u, "must not hold NUL")),
  port: z
    .int("must be a whole number")
    .check(z.minimum(1, "must be 1 to 65535"), z.maximum(65_535, "must be 1 to 65535")),
  "endpoint type": z.enum(
    ENDPOINT_TYPES,
    'must be "local", "ssh", "docker", "podman" or "kubectl"',
  ),
  "write rights": z.enum(WRITE_RIGHTS, 'must be "allowed", "confirm" or "refused"'),
  "yes or no": z.boolean("must be true or false"),
};

/** A key `@name`. */
export const symbolKey: z.ZodMiniType<string, string> = z
  .string()
  .check(z.regex(/^@./u, "must begin with @"));

/** The schema of an entry; loose, because others note more in it than connections need. */
export function entrySchema<Entry>(
  keys: EntryKeys,
  { required = [], message }: { readonly required?: readonly string[]; readonly message: string },
): z.ZodMiniType<Entry> {
  const shape = Object.entries(keys).map(([key, kind]) => [
    key,
    required.includes(key) ? SCHEMAS[kind] : z.exactOptional(SCHEMAS[kind]),
  ]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a table of keys cannot carry the type; that it fits the interface is what the specs are for
  return z.looseObject(Object.fromEntries(shape), message) as unknown as z.ZodMiniType<Entry>;
}
