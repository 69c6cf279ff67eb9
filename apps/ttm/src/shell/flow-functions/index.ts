import type { ShellFunction, ShellFunctions } from "../shell-call.ts";
import { closeTransactionStores, memory, stores } from "../transaction-functions/index.ts";
import { generateId } from "../transaction-functions/lifecycle.ts";
import { refusedFlow } from "./answer-flow.ts";
import { addEvidence, getState, initEvidence, listEvidence } from "./context.ts";
import { evidence } from "./evidence.ts";
import type { FlowFunction } from "./flow-caller.ts";
import {
  checkpoint,
  complete,
  create,
  promote,
  resume,
  tag,
  transition,
  update,
} from "./lifecycle.ts";
import { active, activeDir, flowsDir, ragDir, sessionsDir } from "./places.ts";
import { inspect, list, listAll, status } from "./queries.ts";
import {
  active as activeSession,
  addFlow,
  create as createSession,
  generateId as generateSessionId,
  list as listSessions,
  resume as resumeSession,
  state as sessionState,
  status as sessionStatus,
} from "./sessions.ts";

const FUNCTIONS: Readonly<Record<string, FlowFunction>> = {
  get_rag_dir: ragDir,
  get_flows_dir: flowsDir,
  flow_active: active,
  get_active_flow_dir: activeDir,
  generate_flow_id: ({ call }) => generateId(call),
  flow_create: create,
  flow_get_state: getState,
  flow_update_state: update,
  flow_transition: transition,
  flow_status: status,
  flow_inspect: inspect,
  flow_list: list,
  flow_list_all: listAll,
  flow_resume: resume,
  flow_checkpoint: checkpoint,
  flow_complete: complete,
  flow_tag: tag,
  flow_add_evidence: addEvidence,
  flow_list_evidence: listEvidence,
  flow_init_evidence_vars: initEvidence,
  flow_evidence: evidence,
  flow_promote: promote,
  get_sessions_dir: sessionsDir,
  session_active: activeSession,
  generate_session_id: generateSessionId,
  session_create: createSession,
  session_state: sessionState,
  session_add_flow: addFlow,
  session_list: listSessions,
  session_resume: resumeSession,
  session_status: sessionStatus,
};

function answering(run: FlowFunction): ShellFunction {
  return async (call) => {
    try {
      return await run({ call, stores, memory });
    } catch (error) {
      return refusedFlow(error);
    }
  };
}

/** The functions of RAG flows and sessions, for shells. */
export const flowFunctions: ShellFunctions = Object.fromEntries(
  Object.entries(FUNCTIONS).map(([name, run]) => [name, answering(run)]),
);

/** Finishes what is under way and gives back what is open: flows are kept with all other transactions. */
export const closeFlowStores: () => Promise<void> = closeTransactionStores;
