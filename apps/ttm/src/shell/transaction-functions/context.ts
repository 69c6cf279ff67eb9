import { isTetraError } from "@tetra/errors";
import { isEvidenceVariable, isTransactionId } from "@tetra/tts-core";
import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path/posix";
import { evidenceLines, evidenceVariables } from "../../evidence-variables.ts";
import type { Opened } from "../../open-store.ts";
import type { ShellAnswer } from "../shell-call.ts";
import { idAt } from "./active-id.ts";
import { data, joined, lines, refused } from "./answer.ts";
import type { Caller, TransactionFunction } from "./caller.ts";
import { digestAsSpelled } from "./digest-as-spelled.ts";

/** `txn_add_ctx <file> <description> [id]` */
export const addContext: TransactionFunction = async (caller) => {
  const [file = "", description = ""] = caller.call.args;
  const id = idAt(caller, 2);
  const path = resolve(caller.call.cwd, file);
  if (!existsSync(path)) return refused(`Error: Source file not found: ${file}`);
  return caller.stores.use(caller, { mode: "write", id }, async (opened) => {
    const source = { path, origin: file };
    const { name } = await opened.manager.addContext({ source, description }, id);
    return lines([`Added context: ${name}`], {
      variables: variablesOf(caller, await evidencePaths(caller, opened, id)),
      published: [["txn.evidence_added", id, name]],
    });
  });
};

/** `txn_list_ctx [id]` */
export const listContext: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  return caller.stores.use(caller, { mode: "read", id }, async ({ store }) => {
    if (!isTransactionId(id) || !existsSync(store.paths(id).context))
      return lines(["No context files"]);
    const entries = await store.listContext(id);
    return lines(["Context files:", ...entries.map(({ name }) => name)]);
  });
};

/** `init_evidence_vars [id]` */
export const initEvidence: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  return caller.stores.use(caller, { mode: "read", id }, async (opened) => {
    const paths = await evidencePaths(caller, opened, id);
    return lines(evidenceLines(paths), { variables: variablesOf(caller, paths) });
  });
};

/** `txn_ctx_digest [id]`: also noted as `ctx_digest`, where it was not that already. */
export const digest: TransactionFunction = async (caller) => {
  const id = idAt(caller, 0);
  const folder = `${caller.places.spelled}/${id}`;
  const now = isTransactionId(id) ? await digestAsSpelled(folder, caller.call.cwd) : "none";
  return data(`${now}\n`, now === "none" ? {} : { stderr: await noteDigest(caller, id, now) });
};

/** What a note could not be made for is said; the digest is right all the same. */
async function noteDigest(caller: Caller, id: string, ctx_digest: string): Promise<string> {
  const wanted = { mode: "read", id } as const;
  try {
    const { state } = await caller.stores.use(caller, wanted, ({ store }) => store.load(id));
    if (state.ctx_digest === ctx_digest) return "";
    await caller.stores.use(caller, { mode: "write", id }, ({ manager }) =>
      manager.update(id, { ctx_digest }),
    );
    return "";
  } catch (error) {
    if (!isTetraError(error)) throw error;
    return joined([`Warning: the digest is not noted: ${error.message}`]);
  }
}

/** The evidence that has variables, by number, then name; none where there is no such transaction. */
export async function evidencePaths(
  { places, call }: Caller,
  { store }: Opened,
  id: string,
): Promise<readonly string[]> {
  if (!isTransactionId(id)) return [];
  try {
    const entries = await store.listContext(id);
    const spelled = isAbsolute(places.spelled) ? places.spelled : `${call.cwd}/${places.spelled}`;
    return entries
      .filter(({ name }) => isEvidenceVariable(name))
      .map(({ name }) => `${spelled}/${id}/ctx/${name}`);
  } catch (error) {
    if (isTetraError(error, "NOT_FOUND")) return [];
    throw error;
  }
}

/**
 * What to set in the calling shell, and what was set there before and is not evidence any more. Its own
 * `e_count` says that too, but may be another program's.
 */
export function variablesOf(
  { memory }: Pick<Caller, "memory">,
  paths: readonly string[],
): NonNullable<ShellAnswer["variables"]> {
  const variables: Record<string, string | undefined> = { ...evidenceVariables(paths) };
  for (let at = paths.length + 1; at <= memory.mostEvidence; at += 1) {
    variables[`e${at}`] = undefined;
  }
  memory.mostEvidence = Math.max(memory.mostEvidence, paths.length);
  return variables;
}
