import { formatOrigin, type Origin } from "./origin.ts";
import { BUILT_IN_SOURCE } from "./sources/built-in.ts";
import type { EndpointFields } from "./sources/endpoint-fields.ts";
import type { EndpointSource } from "./sources/endpoint-source.ts";
import { foundFields } from "./sources/fields-of.ts";
import { type EndpointFlags, flagFields } from "./sources/flags.ts";
import { EMPTY_SSH_CONFIG, type SshConfig } from "./sources/ssh-config.ts";
import { sshConfigSource } from "./sources/ssh-config-source.ts";

/** Everything that is known about endpoints: what symbols are resolved from. */
export interface Endpoints {
  /** The strongest first; the built-in defaults are the last. */
  readonly sources: readonly EndpointSource[];
  /** For what ssh will add at connect time, as far as that can be known before. */
  readonly sshConfig: SshConfig;
}

/** What all sources together say about one symbol. */
export interface KnownEndpoint {
  readonly fields: EndpointFields;
  /** What was said and did not count, and why: sentences for people. */
  readonly remarks: readonly string[];
}

/** A symbol that some source describes. */
export interface ListedSymbol {
  readonly symbol: string;
  /** The strongest source that describes it. */
  readonly origin: Origin;
}

/**
 * Puts sources together.
 * @param sources files, the strongest first; the ssh configuration and the defaults are added after them.
 */
export function endpoints(
  sources: readonly EndpointSource[] = [],
  sshConfig: SshConfig = EMPTY_SSH_CONFIG,
): Endpoints {
  return { sources: [...sources, sshConfigSource(sshConfig), BUILT_IN_SOURCE], sshConfig };
}

/** Every symbol that can be resolved, in the order of the sources. */
export function listSymbols({ sources }: Endpoints): readonly ListedSymbol[] {
  const listed = new Map<string, ListedSymbol>();
  for (const source of sources) {
    for (const symbol of source.symbols) {
      if (listed.has(symbol)) continue;
      const fields = source.fields(symbol);
      const origin = fields?.host?.origin ?? fields?.type?.origin ?? { source: source.name };
      listed.set(symbol, { symbol, origin });
    }
  }
  return [...listed.values()];
}

/**
 * Looks a symbol up. Value by value the strongest source decides, with two exceptions that keep users and
 * keys of one machine from being used on another: of a weaker source that names another host only what
 * it says about the environment counts, and the built-in defaults count only where nobody else knows the
 * symbol.
 * @returns `undefined` when no source knows it and no flag names a host.
 */
export function lookUp(
  { sources }: Endpoints,
  symbol: string,
  flags: EndpointFlags = {},
): KnownEndpoint | undefined {
  let known: EndpointFields = flagFields(flags);
  const remarks: string[] = [];
  let isKnown = known.host !== undefined;
  for (const source of sources) {
    if (source.name === "built-in" && isKnown) break;
    const fields = source.fields(symbol);
    if (fields === undefined) continue;
    isKnown = true;
    const remark = otherHost(known, fields);
    known = Object.assign({}, remark === undefined ? fields : environmentOf(fields), known);
    if (remark !== undefined) remarks.push(remark);
  }
  return isKnown ? { fields: known, remarks } : undefined;
}

/** What belongs to the environment whatever its machine: rights must not vanish with an address. */
function environmentOf({ write, audit, network, description }: EndpointFields): EndpointFields {
  return foundFields({ write, audit, network, description });
}

function otherHost(known: EndpointFields, { host }: EndpointFields): string | undefined {
  if (known.host === undefined || host === undefined || known.host.value === host.value) {
    return undefined;
  }
  return `${formatOrigin(host.origin)} names another host (${host.value}): set aside`;
}
