import { usageError } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import { existsSync } from "node:fs";
import { policyFileOf, readPolicy } from "../agent-policy/policy-file.ts";
import type { TtmRun } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";

const MODES = ["read", "operate"] as const;

/** `ttm mcp` */
export const run: TtmRun = async (args, app) => {
  const wanted = args.value("mode") ?? "read";
  const mode = MODES.find((each) => each === wanted);
  if (mode === undefined) {
    throw usageError(`--mode: there is no mode ${JSON.stringify(wanted)}`, "use read or operate");
  }
  const policy = args.value("policy");
  const policyFile = policyFileOf(app.places(), { policy, cwd: app.cwd });
  if (policy !== undefined && !existsSync(policyFile)) {
    throw new TetraError<TtmErrorCode>("NOT_FOUND", `--policy ${policy}: no such file`, {
      hint: "look at the path",
      details: { file: policyFile },
    });
  }
  readPolicy(policyFile); // one that is broken is told of at once
  const stop = new AbortController();
  const dispose = app.onStop(() => stop.abort());
  try {
    const { serve } = await import("../mcp/serve.ts");
    const { stdin: input, stdout: output } = process;
    await serve({ app, mode, policyFile, input, output, signal: stop.signal });
  } finally {
    dispose();
  }
};
