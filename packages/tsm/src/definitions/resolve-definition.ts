import type { LaunchRequest } from "../launch/launch-request.ts";
import { definitionRequest, type DefinitionRequestContext } from "./definition-request.ts";
import type { DefinitionStore, StoredDefinition } from "./definition-store.ts";

/** A word that names a defined service. */
export interface ResolvedDefinition {
  readonly stored: StoredDefinition;
  /** What to ask for; several instances come of one request. */
  readonly request: LaunchRequest;
  /** What is odd: variables that mean nothing, others of the same name. A line each. */
  readonly warnings: readonly string[];
}

/**
 * What `tsm start <word>` means, if the word names a defined service; `undefined` if it does not, and is a
 * command then.
 * @throws TetraError `AMBIGUOUS_DEFINITION`, `INVALID_DEFINITION`, `NOT_ASSIGNMENTS`
 */
export function resolveDefinition(
  store: DefinitionStore,
  word: string,
  context: DefinitionRequestContext,
): ResolvedDefinition | undefined {
  const candidates = store.candidates(word);
  if (candidates.length === 0) return undefined;
  const stored = store.find(word);
  const definition = store.read(stored);
  const others = candidates.filter(({ address }) => address !== stored.address);
  return {
    stored,
    request: definitionRequest(definition, context),
    warnings: [
      ...definition.warnings.map((warning) => `${stored.file}: ${warning}`),
      ...others.map(({ address }) => `${word} is also defined by ${address}`),
    ],
  };
}
