import type { EndpointFields, EndpointValues } from "./endpoint-fields.ts";

/** Values from the command line: they go before every file. */
export type EndpointFlags = { readonly [Key in keyof EndpointValues]?: EndpointValues[Key] };

/** Flags as fields. The key of the origin is the field's name. */
export function flagFields(flags: EndpointFlags): EndpointFields {
  const entries = Object.entries(flags).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, { value, origin: { source: "flag", key } }]),
    // each value keeps its key, so each field has the type that EndpointFields gives it
  ) as EndpointFields;
}
