import type { Origin, Sourced } from "../origin.ts";

/** What can be read of files while a configuration is parsed: `Include` names more of them. */
export interface SshConfigFiles {
  /** The text of a file; `undefined` when there is none. */
  read(file: string): string | undefined;
  /** The files that an `Include` means: `~`, relative paths and wildcards resolved, in order. */
  included(pattern: string): readonly string[];
}

/** One keyword's value. */
interface Setting {
  readonly keyword: string;
  readonly value: Sourced<string>;
  /** Every one of these lists of patterns must match the host: `Host` around an `Include` around … */
  readonly conditions: readonly (readonly string[])[];
}

/** A host by name in an OpenSSH configuration. */
export interface SshHost {
  readonly name: string;
  readonly origin: Origin;
}

/**
 * An OpenSSH client configuration, as far as it can be known without running anything. `Match` blocks
 * other than `Match all` are passed over, and tokens (`%h`) stay: at connect time `ssh` itself reads the
 * files, so what is missing here is missing in an explanation, never in a connection.
 */
export interface SshConfig {
  /** Hosts that are named without wildcards, in the order of the files. */
  readonly hosts: readonly SshHost[];
  /** The value that a keyword (in lower case) has for a host: the first that matches, as in ssh. */
  lookup(host: string, keyword: string): Sourced<string> | undefined;
}

/** Of nothing. */
export const EMPTY_SSH_CONFIG: SshConfig = { hosts: [], lookup: () => undefined };

// as deep as OpenSSH goes
const MAX_DEPTH = 16;

/** Reads a configuration and what it includes (ssh_config(5)). Never fails: what it cannot read it skips. */
export function readSshConfig(file: string, files: SshConfigFiles): SshConfig {
  const settings: Setting[] = [];
  const hosts = new Map<string, SshHost>();

  function readFile(path: string, outer: readonly (readonly string[])[], depth: number): void {
    const text = depth > MAX_DEPTH ? undefined : files.read(path);
    let conditions: readonly (readonly string[])[] | undefined = outer;
    for (const [index, line] of (text ?? "").split("\n").entries()) {
      const [keyword, ...words] = configWords(line);
      if (keyword === undefined) continue;
      const name = keyword.toLowerCase();
      const origin: Origin = { source: "ssh config", file: path, line: index + 1, key: keyword };
      if (name === "host") {
        conditions = [...outer, words];
        for (const host of words.filter(isPlainName)) {
          if (!hosts.has(host)) hosts.set(host, { name: host, origin });
        }
      } else if (name === "match") {
        conditions = words.length === 1 && words[0]?.toLowerCase() === "all" ? outer : undefined;
      } else if (conditions === undefined) {
        continue;
      } else if (name === "include") {
        for (const inner of words.flatMap((pattern) => files.included(pattern))) {
          readFile(inner, conditions, depth + 1);
        }
      } else {
        settings.push({ keyword: name, value: { value: words.join(" "), origin }, conditions });
      }
    }
  }

  readFile(file, [], 0);
  return {
    hosts: [...hosts.values()],
    lookup: (host, keyword) =>
      settings.find(
        (setting) =>
          setting.keyword === keyword &&
          setting.conditions.every((patterns) => matchesHost(patterns, host)),
      )?.value,
  };
}

/** Keyword and arguments of a line: `Keyword value`, `Keyword=value`, quotes around words with spaces. */
function configWords(line: string): readonly string[] {
  const content = line.trim();
  if (content === "" || content.startsWith("#")) return [];
  const [, keyword = "", rest = ""] = /^([^\s=]+)(?:\s*=\s*|\s+)?(.*)$/u.exec(content) ?? [];
  const words = [...rest.matchAll(/"([^"]*)"|([^\s"]+)/gu)].map(
    ([, quoted, plain = ""]) => quoted ?? plain,
  );
  const comment = words.findIndex((word) => word.startsWith("#"));
  return [keyword, ...(comment === -1 ? words : words.slice(0, comment))];
}

/** Whether a list of patterns matches: one does, and none that is negated. */
function matchesHost(patterns: readonly string[], host: string): boolean {
  const isMatch = (pattern: string): boolean => wildcard(pattern).test(host);
  return (
    patterns.some((pattern) => !pattern.startsWith("!") && isMatch(pattern)) &&
    !patterns.some((pattern) => pattern.startsWith("!") && isMatch(pattern.slice(1)))
  );
}

/** A pattern of ssh_config(5) as a regular expression: `*` any text, `?` one character, any case. */
export function wildcard(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/gu, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "iu");
}

function isPlainName(pattern: string): boolean {
  return !/[*?!]/u.test(pattern);
}
