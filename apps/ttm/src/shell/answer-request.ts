import { answerBytes } from "./answer.ts";
import type { KnownFunctions } from "./functions.ts";
import type { ShellRequest } from "./request.ts";
import type { ShellAnswer } from "./shell-call.ts";

/** As a shell answers for what it does not know, and sysexits(3) for a mistake of the program's own. */
const UNKNOWN = 127;
const BUG = 70;

/** What answering takes. */
export interface Answering {
  readonly functions: Pick<KnownFunctions, "find">;
  /** The mask of a calling process; asked for only when a function makes files that are not ours. */
  readonly umaskOf: (caller: number) => number;
}

/** Answers any request. A function refuses by answering; what it throws is a mistake of ours, and is told. */
export async function answerRequest(answering: Answering, request: ShellRequest): Promise<Buffer> {
  try {
    return answerBytes(request.id, await answerOf(answering, request));
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const told = `${request.name}: this is a mistake in Tetra: ${reason}`;
    return answerBytes(request.id, failed(BUG, told));
  }
}

async function answerOf(
  { functions, umaskOf }: Answering,
  { caller, cwd, env, name, args }: ShellRequest,
): Promise<ShellAnswer> {
  const answer = await functions.find(name);
  if (answer === undefined) return failed(UNKNOWN, `${name}: no such function`);
  return answer({
    name,
    args,
    cwd,
    env,
    get umask() {
      return umaskOf(caller);
    },
  });
}

function failed(status: number, message: string): ShellAnswer {
  return { status, stdout: "", stderr: `Error: ${message}\n` };
}
