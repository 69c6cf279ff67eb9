import { type FlowListing, listPage, paintOf, statusPage } from "@tetra/rag-adapter";
import { resolve } from "node:path/posix";
import type { ShellAnswer } from "../shell-call.ts";
import { refused } from "../transaction-functions/answer.ts";
import { found, page } from "./answer-flow.ts";
import {
  activeFlow,
  argument,
  type FlowCaller,
  type FlowFunction,
  flowId,
  flowsFolder,
  isFolder,
  ragNow,
  useFlows,
} from "./flow-caller.ts";

/** `flow_status [id] [summary]` */
export const status: FlowFunction = (caller) => {
  const wanted = argument(caller, 1);
  return statusOf(caller, wanted !== undefined && wanted !== "false");
};

/** `flow_inspect [id]` */
export const inspect: FlowFunction = (caller) => statusOf(caller, true);

async function statusOf(caller: FlowCaller, summary: boolean): Promise<ShellAnswer> {
  const given = argument(caller, 0) ?? (await activeFlow(caller));
  if (given === undefined) return page(["No active flow"]);
  const id = await flowId(caller, given);
  const { env, cwd } = caller.call;
  return found(id, () =>
    useFlows(caller, { mode: "read", id }, async ({ flows }) => {
      const options = { paint: paintOf(env), summary, cwd, home: env["HOME"] ?? "" };
      return page(statusPage(await flows.status(id), options));
    }),
  );
}

const USAGE = "usage: flow_list [--global] [stage]";

/** `flow_list [stage] [global=true|false]`, and `flow_list --global [stage]` */
export const list: FlowFunction = async (caller) => {
  const isFlag = (word: string): boolean => word === "--global" || word === "-g";
  const words = caller.call.args.filter((word) => !isFlag(word));
  const unknown = words.find((word) => word.startsWith("-"));
  if (unknown !== undefined) return refused(`Error: flow_list: Unknown option '${unknown}'`, USAGE);
  const [stage, second] = words;
  const isGlobal = caller.call.args.some(isFlag) || second === "true";
  const listing = await (isGlobal ? globalListing(caller, stage) : ownListing(caller, stage));
  return page(listPage(listing));
};

/** `flow_list_all`: the project's, also where all projects' are worked on, and those. */
export const listAll: FlowFunction = async (caller) => {
  const own = await ownListing(caller);
  const local = own.scope === "local" ? own : await localListing(caller);
  const listings = [local, await globalListing(caller)];
  return page(listings.flatMap((listing) => [[""], listPage(listing)]).flat());
};

async function globalListing(caller: FlowCaller, stage?: string): Promise<FlowListing> {
  const { flows } = await ragNow(caller, "global");
  return { scope: "global", ...(await entriesIn(caller, flows, stage)) };
}

async function localListing(caller: FlowCaller): Promise<FlowListing> {
  const { flows } = await ragNow(caller, "local");
  return { scope: "local", ...(await entriesIn(caller, flows)) };
}

/** The flows of the folder that was settled, which may be those of all projects. */
async function ownListing(caller: FlowCaller, stage?: string): Promise<FlowListing> {
  const folder = resolve(caller.call.cwd, await flowsFolder(caller));
  const { flows } = await ragNow(caller, "global");
  return {
    scope: folder === flows ? "global" : "local",
    ...(await entriesIn(caller, folder, stage)),
  };
}

async function entriesIn(
  caller: FlowCaller,
  folder: string,
  stage?: string,
): Promise<Pick<FlowListing, "exists" | "entries">> {
  if (!isFolder(folder)) return { exists: false, entries: [] };
  return useFlows(caller, { folder, mode: "read" }, async ({ flows }) => ({
    exists: true,
    entries: await flows.list(stage === undefined ? {} : { stage }),
  }));
}
