import { type Arguments, parseDuration, usageError } from "@tetra/cli-kit";
import { isSymbol } from "@tetra/tes";
import type { TtmRun } from "../app.ts";
import { carryOutCommand } from "../run/carry-out-command.ts";
import { checkContext, type Wanted, wholeTransaction } from "../run/whole-transaction.ts";
import { consentOf, permit } from "../tes/permission.ts";
import { placeOf, targetsOf } from "../tes/place.ts";

/** `ttm run <description> [target] -- COMMAND...` */
export const run: TtmRun = async (args, app) => {
  const command = commandOf(args);
  const timeoutMs = timeoutOf(args);
  const wanted = wantedOf(args);
  // refused before anything is created
  checkContext("run", wanted.context);
  const place = placeOf(wanted.target, { deed: { operation: "execute", command } }, app);
  const allowed = place && (await permit(place.plan, consentOf(args), app));
  const resolver = place && targetsOf(place.plan, app);
  const order = { command, place, allowed, timeoutMs, validate: args.value("validate") };
  return wholeTransaction({ ...wanted, ...(resolver && { resolver }) }, app, (running) =>
    carryOutCommand(running, order),
  );
};

function wantedOf(args: Arguments): Omit<Wanted, "resolver"> {
  const [first = "", second] = args.rest(0);
  // a symbol alone is no description
  const isTarget = second === undefined && isSymbol(first);
  return {
    verb: "run",
    description: isTarget ? args.behind.join(" ") : first,
    target: (isTarget ? first : second) || "@local",
    agent: args.value("agent") ?? "human",
    context: args.values("ctx"),
  };
}

function commandOf({ behind }: Arguments): readonly string[] {
  const [command] = behind;
  if (command !== undefined && command !== "") return behind;
  throw usageError(
    "run: no command to run",
    `write it behind --, for example: ttm run "back up" -- ./backup.sh`,
  );
}

function timeoutOf(args: Arguments): number | undefined {
  const text = args.value("timeout");
  if (text === undefined) return undefined;
  const timeoutMs = /[a-z]/u.test(text) ? parseDuration(text) : undefined;
  if (timeoutMs !== undefined && timeoutMs > 0) return timeoutMs;
  throw usageError(
    `run: --timeout: ${JSON.stringify(text)} is not a time`,
    "write a number and a unit: 30s, 5m, 1h",
  );
}
