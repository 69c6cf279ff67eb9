import { isTetraError, TetraError } from "@tetra/errors";
import {
  completedPage,
  createdPage,
  flowFields,
  type FlowMove,
  parseCompletion,
  promoteFlow,
  resumedPage,
  visible,
} from "@tetra/rag-adapter";
import type { TtmErrorCode } from "../../errors.ts";
import { parseChanges } from "../../commands/update.ts";
import type { ShellAnswer } from "../shell-call.ts";
import { data, refused } from "../transaction-functions/answer.ts";
import { evidenceAnswer, found, isMissing, orMissing, page } from "./answer-flow.ts";
import {
  activeFlow,
  argument,
  FILES,
  type FlowFunction,
  flowId,
  ragNow,
  useFlows,
} from "./flow-caller.ts";

/** `flow_create <description> [agent] [project folder]` */
export const create: FlowFunction = async (caller) => {
  const description = caller.call.args[0] ?? "";
  const agent = argument(caller, 1);
  return useFlows(caller, { mode: "write" }, async ({ flows }) => {
    const wanted = { description, ...(agent === undefined ? {} : { agent }) };
    const { id, state } = await flows.create(wanted);
    const told = createdPage({ id, description, folder: visible(`${flows.folder}/${id}`) });
    const { lines, variables } = evidenceAnswer(caller, await flows.evidencePaths(id));
    return page([...told, ...lines, id], {
      variables,
      published: [["txn.created", id, state.stage]],
    });
  });
};

/** `flow_update_state <id> <json>` */
export const update: FlowFunction = async (caller) => {
  const id = await flowId(caller, argument(caller, 0));
  const changes = parseChanges(caller.call.args[1] ?? "");
  return found(id, () =>
    useFlows(caller, { mode: "write", id }, async ({ flows }) => {
      await flows.update(id, changes);
      return data("");
    }),
  );
};

/** `flow_transition <stage> [id]` */
export const transition: FlowFunction = async (caller) => {
  const id = await flowId(caller, argument(caller, 1));
  return found(id, () =>
    useFlows(caller, { mode: "write", id }, async ({ flows }) =>
      moved(await flows.transition(caller.call.args[0] ?? "", id)),
    ),
  );
};

/** `flow_checkpoint <stage> [metadata] [id]`: silent where no flow is meant. */
export const checkpoint: FlowFunction = async (caller) => {
  const given = argument(caller, 2) ?? (await activeFlow(caller));
  if (given === undefined) return data("");
  const id = await flowId(caller, given);
  const metadata = metadataIn(argument(caller, 1) ?? "{}");
  const stage = caller.call.args[0] ?? "";
  return found(id, () =>
    useFlows(caller, { mode: "write", id }, async ({ flows }) =>
      moved(await flows.checkpoint({ stage, metadata }, id)),
    ),
  );
};

/** `flow_complete [id] [option…]` */
export const complete: FlowFunction = async (caller) => {
  const request = parseCompletion(caller.call.args);
  const id = await flowId(caller, request.id);
  return orMissing(
    () =>
      useFlows(caller, { mode: "write", id }, async ({ flows }) => {
        const before = (await flows.state(id)).stage;
        const { state } = await flows.complete(request.completion, id);
        const published = before === state.stage ? [] : [stageChanged(id, state.stage)];
        const { outcome } = flowFields(state);
        const told = { ...request.completion, ...(outcome === null ? {} : { outcome }) };
        return page(completedPage(id, told), { published });
      }),
    `Error: state.json not found for flow ${id}`,
  );
};

/** `flow_tag <tag> [id]` */
export const tag: FlowFunction = async (caller) => {
  const id = await flowId(caller, argument(caller, 1));
  return found(id, () =>
    useFlows(caller, { mode: "write", id }, async ({ flows }) => {
      const added = caller.call.args[0] ?? "";
      await flows.tag([added], id);
      return page([`Tagged: ${visible(added)}`]);
    }),
  );
};

/** `flow_resume <id|index>` */
export const resume: FlowFunction = async (caller) => {
  const given = caller.call.args[0] ?? "";
  const isIndex = /^[0-9]+$/.test(given);
  try {
    return await useFlows(
      caller,
      { mode: "write", ...(isIndex ? {} : { id: given }) },
      async ({ flows }) => {
        const state = await flows.resume(given);
        const paths = await flows.evidencePaths(state.txn_id);
        const { lines, variables } = evidenceAnswer(caller, paths);
        return page([...resumedPage(state), ...lines], { variables });
      },
    );
  } catch (error) {
    if (!isMissing(error)) throw error;
    return isIndex
      ? refused(`Error: No flow at index ${given}`, "Use flow_list to see the flows")
      : refused(`Error: Flow not found: ${given}`);
  }
};

/** `flow_promote [id]` */
export const promote: FlowFunction = async (caller) => {
  const id = argument(caller, 0) ?? (await activeFlow(caller));
  if (id === undefined) return refused("Error: No flow ID provided and no active flow");
  const [local, everywhere] = [await ragNow(caller, "local"), await ragNow(caller, "global")];
  const [from, to] = [local.flows, everywhere.flows];
  try {
    const target = await useFlows(caller, { folder: from, mode: "write", id }, ({ store }) =>
      promoteFlow({ store, files: FILES, from, to }, id),
    );
    return page([
      `✓ Promoted flow to global: ${visible(id)}`,
      `From: ${visible(`${from}/${id}`)}`,
      `To: ${visible(target)}`,
      "",
      "The local copy stays. To work on global flows: export RAG_SCOPE=global, and source flow_manager_ttm.sh again",
    ]);
  } catch (error) {
    if (isMissing(error)) return refused(`Error: Flow not found in local: ${id}`);
    if (isTetraError(error, "EXISTS"))
      return refused(`Error: Flow already exists in global: ${id}`);
    throw error;
  }
};

function moved({ from, to, transaction }: FlowMove): ShellAnswer {
  return page([`Transaction transitioned: ${visible(from)} → ${visible(to)}`], {
    published: [stageChanged(transaction.id, to)],
  });
}

function stageChanged(id: string, stage: string): readonly [string, string, string] {
  return ["txn.stage_changed", id, stage];
}

/** @throws TetraError `INVALID_INPUT` */
function metadataIn(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined; // told below
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new TetraError<TtmErrorCode>("INVALID_INPUT", "the metadata is not an object in JSON", {
    hint: `give one such as '{"tokens": 1200}'`,
  });
}
