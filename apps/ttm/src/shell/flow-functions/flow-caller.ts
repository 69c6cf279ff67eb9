import {
  flowsIn,
  type Flows,
  ragFolder,
  type RagFolder,
  type RagScope,
  parseScope,
  type Sessions,
  sessionsIn,
} from "@tetra/rag-adapter";
import { TetraError } from "@tetra/errors";
import { isTransactionId } from "@tetra/tts-core";
import { statSync } from "node:fs";
import type { TtmErrorCode } from "../../errors.ts";
import { flowFiles } from "../../flows/flow-files.ts";
import type { Opened } from "../../open-store.ts";
import type { ShellAnswer } from "../shell-call.ts";
import { activeId } from "../transaction-functions/active-id.ts";
import { type Caller, callerPlaces } from "../transaction-functions/caller.ts";
import { offsetMinutes } from "../transaction-functions/local-time.ts";

/** Who calls a function of flows, and what the functions work with. */
export type FlowCaller = Pick<Caller, "call" | "stores" | "memory">;

/** A function of flows, as a shell calls it. What the caller did wrong may be thrown. */
export type FlowFunction = (caller: FlowCaller) => Promise<ShellAnswer>;

/** An open store of flows, and the flows in it. */
export interface OpenedFlows extends Opened {
  readonly flows: Flows;
}

/** The files of flows. Nothing is kept in it. */
export const FILES: ReturnType<typeof flowFiles> = flowFiles();

/** The scope that a caller works in: `RAG_SCOPE`. */
export function scopeOf({ call }: FlowCaller): RagScope {
  return parseScope(call.env["RAG_SCOPE"]);
}

/** The RAG folder of a scope, by the caller's working directory of now. */
export function ragNow({ call }: FlowCaller, scope: RagScope): Promise<RagFolder> {
  const { env, cwd } = call;
  const query = {
    scope,
    cwd,
    tetraDir: env["TETRA_DIR"],
    home: env["HOME"] ?? "",
    override: env["RAG_DIR"],
  };
  return ragFolder(query, isFolder);
}

/** The folder of flows that was settled when the caller sourced the functions. */
export async function flowsFolder(caller: FlowCaller): Promise<string> {
  return caller.call.env["TTM_TXNS_DIR"] || (await ragNow(caller, scopeOf(caller))).flows;
}

/** The sessions by the caller's working directory of now. */
export async function sessionsNow(caller: FlowCaller): Promise<Sessions> {
  const { sessions } = await ragNow(caller, scopeOf(caller));
  return sessionsIn({ files: FILES, clock: clockOf(caller), folder: sessions });
}

/** The caller, as the functions of the standard know one, working on a folder of flows. */
function standardCaller(caller: FlowCaller, folder: string): Caller {
  const { call } = caller;
  const env = { ...call.env, TTM_TXNS_DIR: folder };
  return { ...caller, places: callerPlaces({ env, cwd: call.cwd }) };
}

/** The same for the folder that was settled. */
export async function settledCaller(caller: FlowCaller): Promise<Caller> {
  return standardCaller(caller, await flowsFolder(caller));
}

/** Where and how a call wants flows. */
export interface WantedFlows {
  /** Default: the folder that was settled. */
  readonly folder?: string;
  readonly mode: "read" | "write";
  /** The flow that the call is about, if it is about one that is there. */
  readonly id?: string;
}

/** Hands over the flows of a folder. Ids are taken as they are: a prefix is none. */
export async function useFlows<T>(
  caller: FlowCaller,
  { folder, ...wanted }: WantedFlows,
  run: (opened: OpenedFlows) => Promise<T>,
): Promise<T> {
  const standard = standardCaller(caller, folder ?? (await flowsFolder(caller)));
  const sessions = await sessionsNow(caller);
  return caller.stores.use(standard, wanted, (opened) => {
    const ports = { store: opened.store, clock: clockOf(caller), files: FILES };
    // paths that are told are spelled as the caller does
    return run({
      ...opened,
      flows: flowsIn({ ...ports, folder: standard.places.spelled, sessions }),
    });
  });
}

/** An argument; empty ones count as absent, as in `${1:-default}`. */
export function argument({ call }: FlowCaller, at: number): string | undefined {
  return call.args[at] || undefined;
}

/** The active flow's id, whether that flow is there or not. */
export async function activeFlow(caller: FlowCaller): Promise<string | undefined> {
  return activeId(await settledCaller(caller));
}

/** A given id, whatever it is; without one, the active flow's. @throws TetraError `NO_ACTIVE`, `NOT_FOUND` */
export async function flowId(caller: FlowCaller, given: string | undefined): Promise<string> {
  const id = given ?? (await activeFlow(caller));
  if (id === undefined) {
    throw new TetraError<TtmErrorCode>("NO_ACTIVE", "no id given, and no flow is active");
  }
  if (isTransactionId(id)) return id;
  throw new TetraError<TtmErrorCode>("NOT_FOUND", `${id}: no such flow`, { details: { id } });
}

function clockOf({ call }: FlowCaller): { now(): number; offsetMinutes(atMs: number): number } {
  return { now: () => Date.now(), offsetMinutes: (atMs) => offsetMinutes(call, atMs) };
}

/** Links to folders count. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
