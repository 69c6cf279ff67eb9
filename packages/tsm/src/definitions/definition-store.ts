import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path/posix";
import {
  type FileSystem,
  flushFolder,
  isSystemError,
  makeFolders,
  nodeFileSystem,
  swapLink,
  writeFileAtomic,
} from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import {
  availableFolder,
  DEFAULT_ORG,
  definitionPaths,
  enabledFolder,
} from "./definition-layout.ts";
import type { DefinitionErrorCode } from "./errors.ts";
import { formatTsmFile } from "./format-tsm-file.ts";
import { unreadable } from "./invalid-definition.ts";
import { suggestion } from "./nearest.ts";
import type { ServiceDefinition } from "./service-definition.ts";
import { DEFINED_NAME, type ServiceKeys } from "./service-keys.ts";
import { parseTsmFile } from "./tsm-file.ts";

/** Where definitions are, and what they are read with. */
export interface DefinitionStoreOptions {
  /** `$TETRA_DIR`; absolute. */
  readonly tetraDir: string;
  /** What `$V` in a definition finds: usually the environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Told what was changed, for the history. Default: nobody. */
  readonly note?: (event: "saved" | "enabled" | "disabled", address: string) => void;
}

/** A definition that is kept, as far as its file's name tells. */
export interface StoredDefinition {
  readonly name: string;
  /** Absent: it is in no organisation's folder. */
  readonly org?: string;
  /** What it is addressed by: `name` or `org/name`. */
  readonly address: string;
  readonly file: string;
  /** The link that enables it, whether it is there or not. */
  readonly link: string;
  readonly isEnabled: boolean;
}

/** What to save. */
export interface SaveRequest {
  readonly name: string;
  readonly org?: string | undefined;
  readonly keys: ServiceKeys;
  /** Whether one that is there may be replaced. */
  readonly overwrite: boolean;
}

/** A link among those that enable, that enables nothing. */
export interface BrokenLink {
  readonly link: string;
  readonly why: string;
}

/**
 * The definitions below `$TETRA_DIR`: a `.tsm` file each in `tsm/services-available`, of organisations in
 * `orgs/<org>/tsm/services-available`; a relative link in `tsm/services-enabled` enables one.
 */
export interface DefinitionStore {
  /** All that are there, sorted by address. Their files are not read. */
  list(): readonly StoredDefinition[];
  /**
   * The one that a word means: `org/name`, or a name that only one has; of several, that in no
   * organisation or of `tetra`.
   * @throws TetraError `DEFINITION_NOT_FOUND` with the nearest name, `AMBIGUOUS_DEFINITION`
   */
  find(word: string): StoredDefinition;
  /** All that a word could mean, without an error: none, one, or several. */
  candidates(word: string): readonly StoredDefinition[];
  /** @throws TetraError `INVALID_DEFINITION`, `NOT_ASSIGNMENTS`, `DEFINITION_NOT_FOUND` */
  read(stored: StoredDefinition): ServiceDefinition;
  /** The text of its file. @throws TetraError `DEFINITION_NOT_FOUND` */
  text(stored: StoredDefinition): string;
  /**
   * Writes a definition; durable.
   * @throws TetraError `INVALID_DEFINITION`, `DEFINITION_EXISTS`
   */
  save(request: SaveRequest): StoredDefinition;
  /**
   * Replaces the text of a definition, unless the new one is broken; durable.
   * @throws TetraError as {@link DefinitionStore.read}; the old text stays
   */
  replace(stored: StoredDefinition, text: string): ServiceDefinition;
  /** @returns whether it was enabled before. @throws TetraError `LINK_TAKEN` */
  enable(stored: StoredDefinition): boolean;
  /** @returns whether it was enabled before. */
  disable(stored: StoredDefinition): boolean;
  /** Disables a definition and removes its file. */
  remove(stored: StoredDefinition): void;
  /** What stands among the links and enables nothing. */
  brokenLinks(): readonly BrokenLink[];
}

/** Opens the definitions below a folder. Reading makes nothing. */
export function openDefinitions({
  tetraDir,
  variables,
  note = () => {},
}: DefinitionStoreOptions): DefinitionStore {
  const fs = nodeFileSystem();

  function stored(name: string, org: string | undefined): StoredDefinition {
    const { file, link } = definitionPaths(tetraDir, { org, name });
    return {
      name,
      ...(org === undefined ? {} : { org }),
      address: org === undefined ? name : `${org}/${name}`,
      file,
      link,
      isEnabled: linkTarget(fs, link) === file,
    };
  }

  function orgs(): readonly (string | undefined)[] {
    return [undefined, ...namesIn(fs, join(tetraDir, "orgs"))];
  }

  function list(): readonly StoredDefinition[] {
    return orgs()
      .flatMap((org) =>
        namesIn(fs, availableFolder(tetraDir, org)).flatMap((fileName) => {
          const [, name] = /^(.+)\.tsm$/.exec(fileName) ?? [];
          return name === undefined || !DEFINED_NAME.test(name) ? [] : [stored(name, org)];
        }),
      )
      .toSorted((a, b) => (a.address < b.address ? -1 : 1));
  }

  function candidates(word: string): readonly StoredDefinition[] {
    const [, org, name = ""] = /^(?:([^/]+)\/)?([^/]+)$/.exec(word) ?? [];
    const isNamed = DEFINED_NAME.test(name) && (org === undefined || DEFINED_NAME.test(org));
    if (!isNamed) return [];
    const isThere = (it: StoredDefinition): boolean => fs.stat(it.file) !== undefined;
    if (org === undefined)
      return orgs()
        .map((of) => stored(name, of))
        .filter(isThere);
    const own = stored(name, org);
    // what is in no organisation's folder is of the default one
    return [own, ...(org === DEFAULT_ORG ? [stored(name, undefined)] : [])]
      .filter(isThere)
      .slice(0, 1);
  }

  function parse(text: string, { file, org }: StoredDefinition): ServiceDefinition {
    return parseTsmFile(text, { file, variables, ...(org === undefined ? {} : { org }) });
  }

  function write({ file }: StoredDefinition, text: string): void {
    makeFolders(fs, dirname(file), { durable: true });
    writeFileAtomic(fs, file, new TextEncoder().encode(text), { durable: true });
    fs.setMode(file, 0o700); // the original's are executable, and its audit wants that
  }

  return {
    list,
    candidates,
    find(word) {
      const found = candidates(word);
      const [only] = found;
      if (only === undefined) throw notFound(word, list());
      if (found.length === 1) return only;
      const usual = found.find(({ org }) => org === undefined || org === DEFAULT_ORG);
      if (usual !== undefined) return usual;
      throw ambiguous(word, found);
    },
    text: ({ address, file }) => textOf(file, address),
    read: (definition) => parse(textOf(definition.file, definition.address), definition),
    save({ name, org, keys, overwrite }) {
      for (const part of [name, ...(org === undefined ? [] : [org])]) checkName(part);
      const definition = stored(name, org);
      if (!overwrite && fs.stat(definition.file) !== undefined) throw exists(definition);
      const text = formatTsmFile(name, keys);
      parse(text, definition); // what cannot be read back is not written
      write(definition, text);
      note("saved", definition.address);
      return definition;
    },
    replace(definition, text) {
      const parsed = parse(text, definition);
      write(definition, text);
      note("saved", definition.address);
      return parsed;
    },
    enable(definition) {
      const { link, address, org, name } = definition;
      const target = linkTarget(fs, link);
      if (target === definition.file) return true;
      const isBroken = typeof target === "string" && fs.stat(target) === undefined;
      if (target !== undefined && !isBroken) throw linkTaken(definition, target);
      makeFolders(fs, dirname(link), { durable: true });
      swapLink(fs, definitionPaths(tetraDir, { org, name }).target, link);
      flushFolder(fs, dirname(link));
      note("enabled", address);
      return false;
    },
    disable: (definition) => disable(definition),
    remove(definition) {
      disable(definition);
      fs.removeFile(definition.file);
      flushFolder(fs, dirname(definition.file));
    },
    brokenLinks: () =>
      namesIn(fs, enabledFolder(tetraDir)).flatMap((fileName): readonly BrokenLink[] => {
        const link = join(enabledFolder(tetraDir), fileName);
        const target = linkTarget(fs, link);
        if (target === NO_LINK) return [{ link, why: "it is no link" }];
        if (target === undefined || fs.stat(target) !== undefined) return [];
        return [{ link, why: `there is no ${target}` }];
      }),
  };

  function disable({ link, file, address }: StoredDefinition): boolean {
    if (linkTarget(fs, link) !== file) return false;
    fs.removeFile(link);
    flushFolder(fs, dirname(link));
    note("disabled", address);
    return true;
  }
}

/** Stands for something that is there and is no link. */
const NO_LINK: unique symbol = Symbol("no link");

/** What a link leads to, absolute; `undefined`: there is nothing. */
function linkTarget(fs: FileSystem, link: string): string | typeof NO_LINK | undefined {
  try {
    return resolve(dirname(link), fs.readLink(link));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    if (isSystemError(error, "EINVAL")) return NO_LINK;
    throw error;
  }
}

function namesIn(fs: FileSystem, folder: string): readonly string[] {
  try {
    return fs
      .names(folder)
      .filter((name) => !name.startsWith("."))
      .toSorted();
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) return [];
    throw error;
  }
}

/** A definition may itself be a link to a file elsewhere, which is followed. */
function textOf(file: string, address: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (cause.code !== "ENOENT") throw unreadable(file, cause);
    throw new TetraError<DefinitionErrorCode>(
      "DEFINITION_NOT_FOUND",
      `${address}: there is no ${file}`,
      { hint: "save it again", details: { name: address }, cause },
    );
  }
}

function checkName(name: string): void {
  if (DEFINED_NAME.test(name)) return;
  throw new TetraError<DefinitionErrorCode>(
    "INVALID_DEFINITION",
    `${JSON.stringify(name)} cannot be the name of a definition`,
    { hint: "use letters, digits and _ . @ + -, and no number", details: { name } },
  );
}

function notFound(word: string, all: readonly StoredDefinition[]): TetraError<DefinitionErrorCode> {
  const names = all.flatMap(({ name, address }) => [name, address]);
  return new TetraError("DEFINITION_NOT_FOUND", `no service ${JSON.stringify(word)} is defined`, {
    hint: suggestion(word, [...new Set(names)].slice(0, 20)),
    details: { name: word },
  });
}

function ambiguous(
  word: string,
  found: readonly StoredDefinition[],
): TetraError<DefinitionErrorCode> {
  const candidates = found.map(({ address }) => address);
  return new TetraError("AMBIGUOUS_DEFINITION", `${word} is defined by ${candidates.join(", ")}`, {
    hint: "say which: org/name",
    details: { name: word, candidates },
  });
}

function exists({ address, file }: StoredDefinition): TetraError<DefinitionErrorCode> {
  return new TetraError("DEFINITION_EXISTS", `${address} is defined already, in ${file}`, {
    hint: "use another name, or replace it: --force",
    details: { name: address, file },
  });
}

function linkTaken(
  { address, link }: StoredDefinition,
  target: string | typeof NO_LINK,
): TetraError<DefinitionErrorCode> {
  const what = target === NO_LINK ? "is no link" : `enables ${target}`;
  return new TetraError("LINK_TAKEN", `${address}: ${link} ${what}`, {
    hint: "disable that one, or remove the file",
    details: { name: address, link },
  });
}
