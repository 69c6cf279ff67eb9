import { isTetraError, TetraError } from "@tetra/errors";
import { type ActionCall, SHELL_ACTION } from "@tetra/tts-core/saga";
import { hostname } from "node:os";
import * as z from "zod";
import type { AgentPolicy } from "../agent-policy/agent-policy.ts";
import { outputLimit } from "../agent-policy/output-limit.ts";
import { requirePolicy } from "../agent-policy/policy-file.ts";
import type { TtmErrorCode } from "../errors.ts";
import { managerOf } from "../open-store.ts";
import { fencedStore } from "../run/fenced-store.ts";
import { joinedSignal } from "../run/joined-signal.ts";
import { type Engine, withEngine } from "../saga/engine.ts";
import { approvalsOf, endpointsToApprove, pinnedTo } from "./judged-plan.ts";
import { callOf, CHECK, type ProposedCheck } from "./proposed-steps.ts";
import { wrongPhase } from "./refusals.ts";
import { byAgent } from "./run-tool.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { ID } from "./tool-inputs.ts";
import { tellOurs, tellTransaction, type ToldTransaction } from "./told-transaction.ts";
import { toldText } from "./told-text.ts";
import { TRANSACTION, type TransactionView, type ValidationCheck } from "./transaction-view.ts";

interface Wanted {
  readonly id: string;
  readonly checks: readonly ProposedCheck[];
}

const input: z.ZodType<Wanted> = z.strictObject({
  id: ID,
  checks: z
    .array(CHECK)
    .min(1)
    .max(1000)
    .describe("Commands that succeed when all is well. They must change nothing."),
});

/** `validate_transaction` */
export const validateTransaction: Tool<Wanted, TransactionView> = {
  name: "validate_transaction",
  title: "Validate what was done",
  description:
    "Runs checks one after the other, all of them, and records what came of each. After a failed validation commit_transaction is refused until another one has passed.",
  input,
  output: TRANSACTION,
  effect: "changes",
  isIdempotent: false,
  waits: true,
  async run({ id: wanted, checks }, call) {
    const { session } = call;
    const told = await tellOurs(session, wanted);
    const { id, phase } = told.view;
    if (phase !== "ran" && phase !== "open") throw wrongPhase(told.view, "be validated");
    const policy = requirePolicy(session.policyFile);
    if (checks.length > policy.limits.steps) {
      throw new TetraError<TtmErrorCode>(
        "TOO_MUCH",
        `${checks.length} checks, ${policy.limits.steps} are allowed`,
        { hint: "check less at once, or let a person raise the limit" },
      );
    }
    for (const check of checks) judge(check, told, call);
    await validated(told, checks, call);
    const { view } = await tellTransaction(session.app, id);
    return { data: view, text: toldText(view) };
  },
};

/** @throws TetraError `FORBIDDEN`, `NOT_APPROVED`: what needs a person's word belongs among the steps */
function judge(
  check: ProposedCheck,
  { view: { id, target }, cwd }: ToldTransaction,
  { session: { app, policyFile: file } }: ToolCall,
): Pick<AgentPolicy, "limits"> & { readonly data: unknown } {
  const policy = requirePolicy(file);
  const { data = null } = callOf(check);
  const step = { type: "step", name: check.name, action: SHELL_ACTION, data } as const;
  const context = { app, file, target, cwd };
  const reasons = [
    ...approvalsOf([step], { ...context, policy }),
    ...endpointsToApprove([step], context),
  ];
  if (reasons.length === 0) {
    return { limits: policy.limits, data: pinnedTo(policy, data, context) };
  }
  throw new TetraError<TtmErrorCode>(
    "NOT_APPROVED",
    `${id}: ${check.name} needs a person's approval: ${reasons.join(", ")}`,
    { hint: "propose it as a step", details: { id } },
  );
}

/** Under the lease, so that nobody carries the steps on meanwhile. */
async function validated(
  told: ToldTransaction,
  checks: readonly ProposedCheck[],
  call: ToolCall,
): Promise<void> {
  const { app, agent } = call.session;
  const { id } = told.view;
  let onLine = (_line: string): void => {};
  const options = {
    verb: "mcp validate",
    folder: () => told.cwd,
    onLine: (step: string, _stream: "stdout" | "stderr", line: string) => {
      call.tell(`${step} | ${line}`);
      onLine(line);
    },
  };
  await withEngine(app, options, async (engine) => {
    const runner = { name: `ttm mcp on ${hostname()}`, atMs: app.clock.now() };
    const lease = await engine.ports.store.lease(id, runner);
    try {
      const results: ValidationCheck[] = [];
      const attempt = lease.revision; // in the files of what is printed, later ones follow earlier ones
      for (const check of checks) {
        const { limits, data } = judge(check, told, call);
        const limit = outputLimit(limits.output_bytes);
        onLine = limit.count;
        const timeoutMs = (check.timeout_seconds ?? limits.seconds) * 1000;
        const { signal, dispose } = joinedSignal([call.signal, limit.signal], { timeoutMs });
        const result = await checked(engine, { id, check, data, attempt, signal }).finally(dispose);
        results.push(
          limit.signal.aborted && !result.passed ? { ...result, error: limit.reason } : result,
        );
        if (call.signal.aborted) break;
      }
      const passed = results.length === checks.length && results.every((each) => each.passed);
      const validation = { passed, by: byAgent(agent()), checks: results };
      await managerOf(app, fencedStore(engine.store, lease)).update(id, { validation });
    } finally {
      await lease.release();
    }
  });
}

interface Checking {
  readonly id: string;
  readonly check: ProposedCheck;
  /** Its command, as it was judged. */
  readonly data: unknown;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

async function checked(
  { ports }: Engine,
  { id, check, data, attempt, signal }: Checking,
): Promise<ValidationCheck> {
  const { name } = check;
  const step = `validation/${name}`;
  const action = ports.actions.find(SHELL_ACTION);
  const call: ActionCall = {
    data: await withSecrets(data, ports),
    results: {},
    idempotencyKey: `${id}/${step}`,
    attempt,
    signal,
    log: () => {},
    txn: id,
    step,
  };
  try {
    return { name, passed: true, ...printedIn(await action?.(call)) };
  } catch (error) {
    if (!isTetraError(error)) throw error;
    return { name, passed: false, error: error.message };
  }
}

/** What the engine does for steps. */
async function withSecrets(data: unknown, { secrets }: Engine["ports"]): Promise<unknown> {
  if (typeof data !== "object" || data === null || !("env" in data)) return data;
  const entries = Object.entries(data.env ?? {}).map(async ([name, value]) => {
    const reference: unknown =
      typeof value === "object" && value !== null ? value.$secret : undefined;
    return [name, typeof reference === "string" ? await secrets?.read(reference) : value];
  });
  return { ...data, env: Object.fromEntries(await Promise.all(entries)) };
}

function printedIn(result: unknown): Pick<ValidationCheck, "printed"> {
  const printed: unknown =
    typeof result === "object" && result !== null ? Reflect.get(result, "stdout") : undefined;
  return typeof printed === "string" && printed !== "" ? { printed } : {};
}
