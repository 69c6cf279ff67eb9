import { usageError } from "@tetra/cli-kit";
import type { TwoPhaseNotice } from "@tetra/tts-core/two-phase-commit";
import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { coordinator, ONE_ATTEMPT, statusesOf } from "../two-phase/coordinator.ts";
import { loadParticipants } from "../two-phase/load-participants.ts";
import { settled, settledLines, settledStatus } from "../two-phase/settled.ts";

/** `ttm 2pc recover --participants MODULE` */
export const run: TtmRun = async (args, app) => {
  const file = args.value("participants");
  if (file === undefined) {
    throw usageError(
      "2pc recover: which participants?",
      "give the module that exports them: --participants MODULE",
    );
  }
  const participants = await loadParticipants(file);
  return withStore(app, "write", async ({ store }) => {
    const notices: TwoPhaseNotice[] = [];
    const onEvent = (notice: TwoPhaseNotice): void => void notices.push(notice);
    const tpc = coordinator(app, { store, verb: "2pc recover", onEvent });
    const open = await statusesOf(await store.list({ stage: "EXECUTE" }), tpc);
    const report = await tpc.recover({ participants, signal: ONE_ATTEMPT });
    const { committed, rolledBack, waiting, stuck } = report;
    const named = [...committed, ...rolledBack, ...waiting, ...stuck];
    const ids = new Set([...open.map(({ id }) => id), ...named]);
    const statuses = await Promise.all([...ids].map((id) => tpc.status(id)));
    const result = settled({ report, notices, statuses, participants });
    const lines = settledLines(result);
    if (app.out.mode === "json") app.out.json(result);
    else if (lines.length === 0) app.out.print("Nothing to settle");
    else app.out.printAll(lines.map((line) => [line]));
    return settledStatus(result);
  });
};
