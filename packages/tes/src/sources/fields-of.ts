import type { Origin, Sourced } from "../origin.ts";
import type { EndpointFields, EndpointValues } from "./endpoint-fields.ts";

type Found = { readonly [Key in keyof EndpointValues]?: Sourced<EndpointValues[Key]> | undefined };

/** Leaves out what was not found. */
export function foundFields(found: Found): EndpointFields {
  const entries = Object.entries(found).filter(([, field]) => field !== undefined);
  // only members of `found` that are there, so each has the type that EndpointFields gives it
  return Object.fromEntries(entries) as EndpointFields;
}

/** Values of one entry of a file, each with its origin. */
export function sourcedBy<Key extends string>(
  originOf: (key: Key) => Origin,
): <Value>(key: Key, value: Value | undefined) => Sourced<Value> | undefined {
  return (key, value) => (value === undefined ? undefined : { value, origin: originOf(key) });
}
