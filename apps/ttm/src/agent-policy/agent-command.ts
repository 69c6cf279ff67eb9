import { isTetraError, TetraError } from "@tetra/errors";
import {
  type Action,
  type ActionCall,
  type ActionStep,
  readSaga,
  type SagaNode,
  type SagaRecord,
} from "@tetra/tts-core/saga";
import type { App } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { joinedSignal } from "../run/joined-signal.ts";
import { isUndo, shellAction, type ShellPorts } from "../saga/shell-action.ts";
import { startingFolder } from "../saga/starting-folder.ts";
import { agentGround } from "./agent-ground.ts";
import { type AgentPolicy, DEFAULT_LIMITS } from "./agent-policy.ts";
import { POLICY_FIELD } from "./agent-step.ts";
import { askedOf, refersTo } from "./asked-command.ts";
import { type Verdict, verdictOnCommand, verdictOnUndo } from "./command-verdict.ts";
import { realPath } from "./guarded-places.ts";
import { outputLimit } from "./output-limit.ts";
import { type Pinned, pinned } from "./pinned.ts";
import { policyFileOf, readPolicy, requirePolicy } from "./policy-file.ts";

/**
 * The action `shell` for steps that agents proposed. Whoever carries the saga on, the policy is read right
 * before each call and decides. What undoes a step is judged together with the step; later it is only kept
 * from what nobody may do, so that a rule that is gone leaves nothing half-done.
 */
export function agentCommand(ports: ShellPorts): Action {
  return async (call) => {
    const record = await readSaga(ports.store, call.txn);
    const file = await policyFileFor(record, ports);
    const judged = isUndo(call) ? judgeUndo : judgeStep;
    const { limits, program, cwd } = judged(call, { record, file, app: ports.app });
    const data = pinned(call.data, { program, cwd });
    return withinOutput({ ...call, data }, ports, limits.output_bytes);
  };
}

/**
 * The policy under which a transaction was opened; of one that undoes another, the other's.
 * @throws TetraError `NOT_FOUND` when that is gone
 */
async function policyFileFor(
  { transaction, saga }: SagaRecord,
  { app, store }: Pick<ShellPorts, "app" | "store">,
): Promise<string> {
  const own = transaction.state[POLICY_FIELD];
  const given =
    own === undefined && saga.undoes !== undefined
      ? (await store.load(saga.undoes)).state[POLICY_FIELD]
      : own;
  const policy = typeof given === "string" ? given : undefined;
  return policyFileOf(app.places(), { policy, cwd: app.cwd });
}

interface Judged {
  readonly record: SagaRecord;
  readonly file: string;
  readonly app: App;
}

/** What is to be run, as it was judged. */
interface Allowed extends Pinned {
  readonly limits: AgentPolicy["limits"];
}

/** @throws TetraError `NO_POLICY`, `INVALID_POLICY`, `FORBIDDEN` */
function judgeStep(call: ActionCall, { record, file, app }: Judged): Allowed {
  const policy = requirePolicy(file);
  const defaults = defaultsOf(record, app);
  const ground = agentGround(app, { policy, file, cwd: defaults.cwd });
  // its references are filled in by now; its secrets, which are too, are judged by their names below
  const { secrets: _read, ...asked } = askedOf(call.data, defaults);
  const node = stepAt(record.saga.definition.steps, call.step);
  const { secrets } = askedOf(node?.data, defaults);
  const cwd = ground.isHere(asked.on) ? realPath(asked.cwd) : undefined;
  const real = { ...asked, cwd: cwd ?? asked.cwd, secrets };
  const program = enforce(heldTo(verdictOnCommand(policy, real, ground), record), "not allowed");
  if (node?.compensate !== undefined) {
    const undo = askedOf(node.compensate.data ?? node.data, defaults, call.results);
    const undoVerdict = verdictOnCommand(policy, undo, ground);
    enforce(heldTo(undoVerdict, record), "what undoes it is not allowed");
  }
  return { limits: policy.limits, program, cwd };
}

/** What earlier steps printed can make something of a plan that a person was never asked about. */
function heldTo(verdict: Verdict, { saga }: SagaRecord): Verdict {
  if (verdict.type === "refused" || verdict.approval === undefined) return verdict;
  // nothing behind such a step runs without the word it waits for
  if (saga.definition.steps.some(({ type }) => type === "approval")) return verdict;
  return {
    type: "refused",
    reason: `a person has to approve ${verdict.approval}, and was not asked`,
    hint: "write the argument out instead of result_of, or give ask with the proposal",
  };
}

function judgeUndo(call: ActionCall, { record, file, app }: Judged): Allowed {
  const node = stepAt(record.saga.definition.steps, call.step);
  const isWhole = !refersTo(call.step, node?.compensate?.data ?? node?.data);
  const policy = isWhole ? readPolicy(file) : requirePolicy(file);
  const { roots, deny, limits } = policy ?? { roots: undefined, deny: [], limits: DEFAULT_LIMITS };
  const defaults = defaultsOf(record, app);
  const ground = agentGround(app, { policy: { roots }, file, cwd: defaults.cwd });
  const { secrets: _read, ...given } = askedOf(call.data, defaults);
  const cwd = ground.isHere(given.on) ? realPath(given.cwd) : undefined;
  const asked = { ...given, cwd: cwd ?? given.cwd };
  enforce(verdictOnUndo({ deny }, asked, ground), "not allowed");
  if (policy === undefined) return { limits, cwd };
  const { secrets } = askedOf(node?.compensate?.data ?? node?.data, defaults);
  const verdict = heldTo(verdictOnCommand(policy, { ...asked, secrets }, ground), record);
  // what its own step printed was not known when it was judged together with it
  if (!isWhole) return { limits, cwd, program: enforce(verdict, "not allowed") };
  return { limits, cwd, program: verdict.type === "allowed" ? verdict.program : undefined };
}

function defaultsOf({ transaction: { state } }: SagaRecord, app: App) {
  return { target: state.target ?? "@local", cwd: startingFolder(state) ?? app.cwd() };
}

/** @returns the program that is to be run. @throws TetraError `FORBIDDEN` */
function enforce(verdict: Verdict, what: string): string | undefined {
  if (verdict.type === "allowed") return verdict.program;
  throw new TetraError<TtmErrorCode>("FORBIDDEN", `${what}: ${verdict.reason}`, {
    hint: verdict.hint,
  });
}

function stepAt(steps: readonly SagaNode[], path: string): ActionStep | undefined {
  const [name = "", ...rest] = path.split("/");
  const node = steps.find((each) => each.name === name);
  if (node === undefined) return undefined;
  if (rest.length === 0) return node.type === "step" ? node : undefined;
  return "steps" in node ? stepAt(node.steps, rest.join("/")) : undefined;
}

/** Carries the command out, and ends it when it prints more than it may. */
async function withinOutput(call: ActionCall, ports: ShellPorts, most: number): Promise<unknown> {
  const limit = outputLimit(most);
  const onLine: ShellPorts["onLine"] = (step, stream, line) => {
    ports.onLine(step, stream, line);
    limit.count(line);
  };
  const { signal, dispose } = joinedSignal([call.signal, limit.signal]);
  try {
    return await shellAction({ ...ports, onLine })({ ...call, signal });
  } catch (error) {
    if (!limit.signal.aborted || !isTetraError(error)) throw error;
    // it was interrupted: nobody knows how far it came
    throw new TetraError<TtmErrorCode>("OUTCOME_UNKNOWN", limit.reason, {
      hint: "print less, or let a person raise output_bytes",
      cause: error,
    });
  } finally {
    dispose();
  }
}
