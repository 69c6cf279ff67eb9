import { shellWord } from "@tetra/cli-kit";
import type { ConnectorOptions, PlanLevel } from "@tetra/tes";
import type { ActionCall, ShellData } from "@tetra/tts-core/saga";
import { isHere, placeOf } from "../tes/place.ts";
import { argvOf } from "./shell-data.ts";
import { type ShellPorts, variablesOf } from "./shell-action.ts";

/** A step that is to be run at a target. */
export interface FarStep {
  readonly call: ActionCall;
  readonly data: ShellData;
  readonly target: string;
}

/** A command that is executed elsewhere, and what it reads. */
export interface FarStepCommand {
  readonly plan: PlanLevel;
  readonly connection: ConnectorOptions;
  readonly content: string;
}

/** Takes variables and the folder from standard input: what is a secret is in no list of processes. */
const RECEIVE = 'eval "$(cat)"; exec "$@" </dev/null';

/**
 * Resolves where a step runs, and makes sure that it may.
 * @returns nothing when that is this machine.
 * @throws TetraError `PROTECTED`, a `ResolveErrorCode`
 */
export async function farCommand(
  { app, consents }: ShellPorts,
  { call, data, target }: FarStep,
): Promise<FarStepCommand | undefined> {
  const argv = argvOf(data);
  const shown = placeOf(target, { deed: { operation: "execute", command: argv } }, app);
  if (shown === undefined) return undefined;
  const allowed = await consents.permit(call.txn, shown.plan);
  if (isHere(shown.plan)) return undefined;
  call.log(`${shown.plan.text} (${allowed})`);
  const command = ["sh", "-c", RECEIVE, "step", ...argv];
  const place = placeOf(target, { deed: { operation: "execute", command, stdin: "content" } }, app);
  if (place === undefined) return undefined;
  return {
    plan: place.plan,
    connection: { ...place.reach.connection, isInteractive: false },
    content: preparation(call, data),
  };
}

function preparation(call: ActionCall, { env, cwd }: ShellData): string {
  const variables = Object.entries({ ...env, ...variablesOf(call) });
  const folder = cwd === undefined ? [] : [`cd -- ${shellWord(cwd)} || exit 126`];
  return [
    ...variables.map(([name, value]) => `export ${name}=${shellWord(value)}`),
    ...folder,
    "",
  ].join("\n");
}
