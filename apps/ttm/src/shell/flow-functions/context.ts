import { addContext, listContext } from "../transaction-functions/context.ts";
import { state } from "../transaction-functions/queries.ts";
import { evidenceAnswer, found, page } from "./answer-flow.ts";
import {
  activeFlow,
  argument,
  type FlowFunction,
  flowId,
  settledCaller,
  useFlows,
} from "./flow-caller.ts";

/** `flow_get_state [id]` */
export const getState: FlowFunction = async (caller) => state(await settledCaller(caller));

/** `flow_add_evidence <file> <description> [id]` */
export const addEvidence: FlowFunction = async (caller) => {
  const given = argument(caller, 2) ?? (await activeFlow(caller)) ?? "";
  return found(given, async () => {
    const answer = await addContext(await settledCaller(caller));
    if (answer.status !== 0) return answer;
    const id = await flowId(caller, given);
    return useFlows(caller, { mode: "read", id }, async ({ flows }) => {
      const { variables } = evidenceAnswer(caller, await flows.evidencePaths(id));
      return { ...answer, variables };
    });
  });
};

/** `flow_list_evidence [id]` */
export const listEvidence: FlowFunction = async (caller) =>
  listContext(await settledCaller(caller));

/** `flow_init_evidence_vars [id]` */
export const initEvidence: FlowFunction = async (caller) => {
  const id = await flowId(caller, argument(caller, 0));
  return found(id, () =>
    useFlows(caller, { mode: "read", id }, async ({ flows }) => {
      const { lines, variables } = evidenceAnswer(caller, await flows.evidencePaths(id));
      return page(lines, { variables });
    }),
  );
};
