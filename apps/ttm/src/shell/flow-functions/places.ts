import { parseScope } from "@tetra/rag-adapter";
import { data } from "../transaction-functions/answer.ts";
import {
  activeFlow,
  argument,
  type FlowCaller,
  type FlowFunction,
  flowsFolder,
  ragNow,
  scopeOf,
} from "./flow-caller.ts";

/** `get_rag_dir [local|global]` */
export const ragDir: FlowFunction = async (caller) =>
  data(`${(await ragNow(caller, scopeAt(caller, 0))).folder}\n`);

/** `get_flows_dir [local|global]` */
export const flowsDir: FlowFunction = async (caller) =>
  data(`${(await ragNow(caller, scopeAt(caller, 0))).flows}\n`);

/** `get_sessions_dir` */
export const sessionsDir: FlowFunction = async (caller) =>
  data(`${(await ragNow(caller, scopeOf(caller))).sessions}\n`);

/** `flow_active` */
export const active: FlowFunction = async (caller) => {
  const id = await activeFlow(caller);
  return data(id === undefined ? "" : `${id}\n`);
};

/** `get_active_flow_dir` */
export const activeDir: FlowFunction = async (caller) => {
  const id = await activeFlow(caller);
  if (id === undefined) return data("", { status: 1 });
  return data(`${await flowsFolder(caller)}/${id}\n`);
};

function scopeAt(caller: FlowCaller, at: number): ReturnType<typeof parseScope> {
  const given = argument(caller, at);
  return given === undefined ? scopeOf(caller) : parseScope(given);
}
