import type { ToldStep, TransactionView, Validation } from "./transaction-view.ts";

/** A transaction in a few lines, for whoever reads. */
export function toldText(view: TransactionView, heading = ""): string {
  const { id, phase, failure, steps, approvals, validation, next, still_done: rest = [] } = view;
  const isValidated = validation !== undefined && (phase === "ran" || phase === "open");
  return [
    ...(heading === "" ? [] : [heading]),
    `${id}: ${phase}${failure === undefined ? "" : ` - ${failure}`}`,
    ...toldSteps(steps),
    ...(rest.length === 0 ? [] : [`Still done, nothing undoes it: ${rest.join(", ")}`]),
    ...(isValidated ? toldValidation(validation) : []),
    ...approvals.missing.map(({ what, command }) => `Approval of ${what} is missing: ${command}`),
    ...(phase === "proposed"
      ? approvals.given.map(({ what, by, why }) => `Approved ${what}: ${by}, ${why}`)
      : []),
    `Next: ${next}`,
  ].join("\n");
}

function toldSteps(steps: readonly ToldStep[]): readonly string[] {
  const statuses = new Set(steps.map(({ status }) => status));
  const [only] = statuses;
  if (
    only !== undefined &&
    statuses.size === 1 &&
    steps.every(({ error }) => error === undefined)
  ) {
    return [`  ${steps.length === 1 ? "1 step" : `${steps.length} steps`}: ${only}`];
  }
  return steps.map(({ name, status, error }) => `  ${name}: ${status}${because(error)}`);
}

function toldValidation({ passed, checks }: Validation): readonly string[] {
  if (passed) return [`Validation passed: ${checks.map(({ name }) => name).join(", ")}`];
  return [
    "Validation failed:",
    ...checks.map(
      ({ name, passed: isGood, error }) =>
        `  ${name}: ${isGood ? "passed" : "failed"}${because(error)}`,
    ),
  ];
}

function because(error: string | undefined): string {
  return error === undefined ? "" : ` - ${error}`;
}
