import { isTetraError } from "@tetra/errors";
import { type Piece, relativeTime, styled, table } from "@tetra/cli-kit";
import { readSaga, type SagaView, type StepView, viewOf } from "@tetra/tts-core/saga";
import type { TransactionStore } from "@tetra/tts-core";
import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

const TITLES = ["ID", "STATUS", "STEPS", "STARTED", "WAITS FOR"];

/** `ttm saga list` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ store, manager }) => {
    const { out, clock } = app;
    const nowMs = clock.now();
    const states = await manager.list(args.has("all") ? {} : { stage: "EXECUTE" });
    const views: SagaView[] = [];
    for (const { txn_id } of states) {
      const view = await viewIn(store, txn_id, nowMs);
      if (view !== undefined) views.push(view);
    }
    if (out.mode === "json") {
      out.json(views);
    } else if (views.length === 0) {
      out.print(args.has("all") ? "No sagas" : "No open sagas");
    } else {
      const titles = TITLES.map((title) => styled(title, "dim"));
      const rows = views.map((view) => rowOf(view, nowMs));
      out.printAll(table([titles, ...rows], { columns: out.columns }));
    }
  });

async function viewIn(
  store: TransactionStore,
  id: string,
  nowMs: number,
): Promise<SagaView | undefined> {
  try {
    return viewOf(await readSaga(store, id), nowMs);
  } catch (error) {
    if (isTetraError(error, "NOT_A_SAGA") || isTetraError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

function rowOf(view: SagaView, nowMs: number): readonly Piece[] {
  const count = view.steps.reduce((sum, step) => sum + leaves(step), 0);
  return [
    view.id,
    view.status,
    `${view.completed.length}/${count}`,
    styled(relativeTime(view.startedMs, nowMs), "dim"),
    view.waiting.map(({ type, step }) => `${type} ${step}`).join(", "),
  ];
}

function leaves({ steps }: StepView): number {
  return steps.length === 0 ? 1 : steps.reduce((sum, step) => sum + leaves(step), 0);
}
