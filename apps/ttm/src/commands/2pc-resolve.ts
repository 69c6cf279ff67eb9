import { usageError } from "@tetra/cli-kit";
import { isTetraError, TetraError } from "@tetra/errors";
import type { Resolution, TwoPhaseCommit, TwoPhaseStatus } from "@tetra/tts-core/two-phase-commit";
import type { TtmRun } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { withStore } from "../open-store.ts";
import { howOf, wordOf } from "../saga/tell-saga.ts";
import { coordinator, ONE_ATTEMPT } from "../two-phase/coordinator.ts";
import { loadParticipants } from "../two-phase/load-participants.ts";
import { twoPhasePage } from "../two-phase/two-phase-page.ts";

/** After sysexits(3): try again later. */
const LATER = 75;

/** `ttm 2pc resolve <id> [participant...]` */
export const run: TtmRun = async (args, app) => {
  const how = howOf("2pc resolve", args);
  const word = wordOf("2pc resolve", args, { needsWhy: true });
  const file = args.value("participants");
  if (how === "retry" && file === undefined) {
    throw usageError(
      "2pc resolve: who is to be told again?",
      "give the module that exports the participants: --participants MODULE",
    );
  }
  const participants = file === undefined ? [] : await loadParticipants(file);
  return withStore(app, "write", async ({ store, manager }) => {
    const { out, clock } = app;
    const id = await manager.resolveId(args.at(0));
    const tpc = coordinator(app, { store, verb: "2pc resolve" });
    const { attention } = await tpc.status(id);
    const given = args.rest(1);
    const names = given.length === 0 ? attention : given;
    if (names.length === 0) throw nothingWaits(id);
    const order = { ...word, names, how, participants, signal: ONE_ATTEMPT };
    const status = await resolved(tpc, id, order);
    if (out.mode === "json") out.json(status);
    else out.printAll(twoPhasePage(status, { nowMs: clock.now(), columns: out.columns }));
    if (status.attention.length > 0) return 3;
    return status.phase === "committed" || status.phase === "rolled_back" ? 0 : LATER;
  });
};

/** As it stands afterwards, also when somebody else, or the same one again, needs a person. */
async function resolved(
  tpc: TwoPhaseCommit,
  id: string,
  order: Resolution,
): Promise<TwoPhaseStatus> {
  try {
    return await tpc.resolve(id, order);
  } catch (error) {
    if (isTetraError(error, "HEURISTIC")) return tpc.status(id);
    throw error;
  }
}

function nothingWaits(id: string): TetraError<TtmErrorCode> {
  return new TetraError("NOT_WAITING", `${id}: no participant needs a person`, {
    hint: `look at it: ttm 2pc show ${id}`,
    details: { id },
  });
}
