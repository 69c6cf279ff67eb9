import { type Piece, styled } from "@tetra/cli-kit";
import { fold, type TransactionStatus, type TransactionStore } from "@tetra/tts-core";
import type { SagaView } from "@tetra/tts-core/saga";
import type { TwoPhaseStatus } from "@tetra/tts-core/two-phase-commit";
import type { App, TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { stageSpan } from "../stage-style.ts";
import { isTwoPhase } from "../two-phase/is-two-phase.ts";

/** `ttm status [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ store, manager }) => {
    const { out, clock } = app;
    const status = await manager.status(args.at(0));
    const saga = await sagaIn(store, status.id, clock.now());
    const twoPhase = await twoPhaseIn(store, status, app);
    if (out.mode === "json") {
      out.json({ ...status, ...(saga && { saga }), ...(twoPhase && { twoPhase }) });
    } else if (out.mode === "plain") {
      out.printAll(plainStatus(status));
    } else {
      const { statusPage } = await import("../status-page.ts");
      out.printAll(statusPage(status, { nowMs: clock.now(), columns: out.columns }));
    }
    if (saga !== undefined && out.mode !== "json") {
      const { sagaPage } = await import("../saga/saga-page.ts");
      const [, ...steps] = sagaPage(saga, { nowMs: clock.now(), columns: out.columns });
      out.printAll([[], [out.mode === "plain" ? "Steps:" : styled("Steps", "bold")], ...steps]);
    }
    if (twoPhase !== undefined && out.mode !== "json") {
      const { twoPhasePage } = await import("../two-phase/two-phase-page.ts");
      const page = twoPhasePage(twoPhase, { nowMs: clock.now(), columns: out.columns });
      const title = "Two-phase commit";
      out.printAll([
        [],
        [out.mode === "plain" ? `${title}:` : styled(title, "bold")],
        ...page.slice(1),
      ]);
    }
  });

/** Sagas are loaded only for one. */
async function sagaIn(
  store: TransactionStore,
  id: string,
  nowMs: number,
): Promise<SagaView | undefined> {
  const lines = await store.read(id);
  if (!lines.some(({ event }) => event?.event === "saga_defined")) return undefined;
  const { foldSaga, viewOf } = await import("@tetra/tts-core/saga");
  const saga = foldSaga(lines);
  return saga && viewOf({ transaction: fold(id, lines), saga }, nowMs);
}

/** Two-phase commit is loaded only for one. */
async function twoPhaseIn(
  store: TransactionStore,
  { id, state }: TransactionStatus,
  app: App,
): Promise<TwoPhaseStatus | undefined> {
  if (!isTwoPhase(state)) return undefined;
  const { coordinator, statusOf } = await import("../two-phase/coordinator.ts");
  return statusOf(id, coordinator(app, { store, verb: "status" }));
}

/** The original's layout. */
export function plainStatus({
  state,
  recent,
  context,
}: TransactionStatus): readonly (readonly Piece[])[] {
  return [
    [`Transaction: ${state.txn_id}`],
    [`Description: ${state.description}`],
    ["Stage: ", stageSpan(state.stage)],
    [`Target: ${state.target ?? ""}`],
    [`Iteration: ${state.iteration}`],
    [`Agent: ${state.agent}`],
    [`Context digest: ${(state.ctx_digest ?? "none").slice(0, 16)}...`],
    [`Last updated: ${state.last_checkpoint}`],
    ...(state.last_error === null ? [] : [[`Last error: ${state.last_error}`]]),
    [],
    ["Recent events:"],
    ...recent.map(({ ts, event }) => [`  [${ts ?? ""}] ${event}`]),
    [],
    ["Context files:"],
    ...(context.length === 0 ? [["  (none)"]] : context.map(({ name }) => [`  ${name}`])),
  ];
}
