import type { Json } from "./json.ts";

/**
 * A place in a step's data that is filled in just before the call. In a definition it is an object with
 * a single key:
 *
 * - `{"$result": ["create-user", "id"]}`: from an earlier step's result. The first names are the step's
 *   path, the rest lead into its result. A group's result holds those of its steps by name.
 * - `{"$input": ["email"]}`: from what the saga was started with.
 * - `{"$secret": "env:NAME"}` or `{"$secret": "file:PATH"}`: read at the call and never recorded.
 * - `{"$text": ["Hello ", {"$input": ["name"]}]}`: text put together; what is not text is written as JSON.
 * - `{"$literal": …}`: the value as it is, whatever keys it has.
 */
export type Reference =
  | { readonly $result: readonly [string, ...(string | number)[]] }
  | { readonly $input: readonly (string | number)[] }
  | { readonly $secret: string }
  | { readonly $text: readonly Json[] }
  | { readonly $literal: Json };

/** The keys that make an object a reference. */
export const REFERENCE_KEYS = ["$result", "$input", "$secret", "$text", "$literal"] as const;
