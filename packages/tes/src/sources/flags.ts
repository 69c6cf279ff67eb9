import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "../errors.ts";
import type { EndpointFields, EndpointValues } from "./endpoint-fields.ts";
import { ACCEPTS, type ValueKind } from "./entry-schema.ts";

/** Values from the command line: they go before every file. */
export type EndpointFlags = { readonly [Key in keyof EndpointValues]?: EndpointValues[Key] };

const KINDS: Readonly<Record<string, ValueKind>> = {
  type: "endpoint type",
  host: "word",
  workUser: "word",
  authUser: "word",
  identityFile: "text",
  port: "port",
  jump: "word",
  container: "word",
  pod: "word",
  namespace: "word",
  context: "word",
  sshEnabled: "yes or no",
  description: "text",
  network: "text",
  write: "write rights",
  audit: "yes or no",
} satisfies Record<keyof EndpointValues, ValueKind>;

/**
 * Flags as fields. The key of the origin is the field's name.
 * @throws TetraError `INVALID_TARGET` for a value that a file could not have either.
 */
export function flagFields(flags: EndpointFlags): EndpointFields {
  const entries = Object.entries(flags).filter(([, value]) => value !== undefined);
  for (const [key, value] of entries) {
    const kind = KINDS[key];
    if (kind === undefined || !ACCEPTS[kind](value)) throw invalid(key, value, kind ?? "flag");
  }
  return Object.fromEntries(
    entries.map(([key, value]) => [key, { value, origin: { source: "flag", key } }]),
    // each value keeps its key, so each field has the type that EndpointFields gives it
  ) as EndpointFields;
}

function invalid(key: string, value: unknown, kind: string): TetraError<ResolveErrorCode> {
  return new TetraError("INVALID_TARGET", `${key}: ${JSON.stringify(value)} is no ${kind}`, {
    hint: "correct the flag",
    details: { key },
  });
}
