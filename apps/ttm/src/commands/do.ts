import { nearest, styled, usageError } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import type { Action } from "../actions/action.ts";
import {
  actionOrder,
  carryOutAction,
  planOfAction,
  reachLevel,
} from "../actions/carry-out-action.ts";
import { careOf } from "../actions/least.ts";
import { readActions } from "../actions/read-actions.ts";
import { signatureOf } from "../actions/signature.ts";
import type { App, TtmRun } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { wholeTransaction } from "../run/whole-transaction.ts";
import { consentOf, permit } from "../tes/permission.ts";
import { targetsOf } from "../tes/place.ts";

/** `ttm do <action> [-- INPUT...]` */
export const run: TtmRun = async (args, app) => {
  const { actions: file } = app.places();
  const actions = readActions(file);
  if (args.has("list")) {
    list(actions, file, app);
    return;
  }
  const action = find(actions, args.at(0), file);
  checkInputs(action, args.behind);
  // refused before anything is created
  const order = actionOrder(action, args.behind, app);
  const plan = planOfAction(order);
  const reached = await reachLevel(order, app);
  const consent = { ...consentOf(args), care: careOf(action) };
  const allowed = plan && (await permit(plan, consent, app));
  return wholeTransaction(
    {
      verb: "do",
      description: [action.name, ...args.behind].join(" "),
      target: action.tes?.target ?? "@local",
      agent: args.value("agent") ?? "human",
      context: [],
      ...(plan && { resolver: targetsOf(plan, app) }),
    },
    app,
    (running) => carryOutAction(running, order, { allowed, reached }),
  );
};

function list(actions: readonly Action[], file: string, { out }: App): void {
  if (out.mode === "json") {
    out.json(actions.map((action) => ({ ...action, signature: signatureOf(action) })));
  } else if (actions.length === 0) {
    out.print(styled(`No actions: ${file} declares none`, "dim"));
  } else {
    out.printAll(
      actions.flatMap((action) => [
        [styled(signatureOf(action), "bold")],
        ...(action.effects ?? []).map((effect) => [`  ${effect}`]),
      ]),
    );
  }
}

function find(actions: readonly Action[], name: string | undefined, file: string): Action {
  if (name === undefined) {
    throw usageError("do: action required", "name one that ttm do --list shows");
  }
  const found = actions.find((action) => action.name === name);
  if (found !== undefined) return found;
  const similar = nearest(
    name,
    actions.map((action) => action.name),
  );
  throw new TetraError<TtmErrorCode>("UNKNOWN_ACTION", `do: ${file} declares no action ${name}`, {
    hint: similar === undefined ? "ttm do --list shows them" : `did you mean ${similar}?`,
    details: { action: name },
  });
}

function checkInputs(action: Action, inputs: readonly string[]): void {
  const { length } = action.inputs;
  if (inputs.length === length) return;
  throw usageError(
    `do: ${action.name} takes ${length} inputs, ${inputs.length} were given`,
    `write them behind --: ${signatureOf(action)}`,
  );
}
