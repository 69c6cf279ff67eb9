/** Whose flows: the project's, or those that were promoted for all projects. */
export type RagScope = "local" | "global";

/** Where flows and sessions of a scope are (absolute paths). */
export interface RagFolder {
  /** The RAG folder itself. */
  readonly folder: string;
  /** The folder of the flows: a store's. */
  readonly flows: string;
  readonly sessions: string;
  readonly config: string;
  readonly logs: string;
}

/** What decides where the RAG folder is. */
export interface RagFolderQuery {
  readonly scope: RagScope;
  /** The working directory, absolute. */
  readonly cwd: string;
  /** `$TETRA_DIR`; when it is empty or absent, `.tetra` in `home`. */
  readonly tetraDir?: string | undefined;
  readonly home: string;
  /** `$RAG_DIR`: takes the place of the local RAG folder. */
  readonly override?: string | undefined;
}

/** A place where flows may be, and the RAG folder it belongs to. */
interface Candidate {
  readonly folder: string;
  readonly flows: string;
}

/** `local` unless it says `global`. */
export function parseScope(text: string | undefined): RagScope {
  return text === "global" ? "global" : "local";
}

/**
 * Where flows may be, in the order in which they are looked for: `rag/flows`, then, for a project, the
 * earlier version's `.rag/flows`, then `rag/txns`. The first that exists is used; when none does, the first.
 */
export function ragCandidates(query: RagFolderQuery): readonly string[] {
  return candidates(query).map(({ flows }) => flows);
}

/** The RAG folder of a scope. `exists` says whether a folder is there. */
export async function ragFolder(
  query: RagFolderQuery,
  exists: (folder: string) => Promise<boolean> | boolean,
): Promise<RagFolder> {
  const [first, ...others] = candidates(query);
  let chosen = first;
  for (const candidate of [first, ...others]) {
    if (!(await exists(candidate.flows))) continue;
    chosen = candidate;
    break;
  }
  const { folder, flows } = chosen;
  return {
    folder,
    flows,
    sessions: `${folder}/sessions`,
    config: `${folder}/config`,
    logs: `${folder}/logs`,
  };
}

function candidates(query: RagFolderQuery): readonly [Candidate, ...Candidate[]] {
  const { scope, cwd, tetraDir, home, override } = query;
  if (scope === "global") return within(under(tetraDir || under(home, ".tetra"), "rag"));
  if (override !== undefined && override !== "") {
    return within(override.startsWith("/") ? override : under(cwd, override));
  }
  const [flows, txns] = within(under(cwd, "rag"));
  const earlier = under(cwd, ".rag");
  return [flows, { folder: earlier, flows: `${earlier}/flows` }, txns];
}

function within(folder: string): readonly [Candidate, Candidate] {
  return [
    { folder, flows: `${folder}/flows` },
    { folder, flows: `${folder}/txns` },
  ];
}

function under(folder: string, name: string): string {
  return folder.endsWith("/") ? `${folder}${name}` : `${folder}/${name}`;
}
