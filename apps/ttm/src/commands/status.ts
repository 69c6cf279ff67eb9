import type { Piece } from "@tetra/cli-kit";
import type { TransactionStatus } from "@tetra/tts-core";
import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { stageSpan } from "../stage-style.ts";

/** `ttm status [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ manager }) => {
    const { out, clock } = app;
    const status = await manager.status(args.at(0));
    if (out.mode === "json") {
      out.json(status);
    } else if (out.mode === "plain") {
      out.printAll(plainStatus(status));
    } else {
      const { statusPage } = await import("../status-page.ts");
      out.printAll(statusPage(status, { nowMs: clock.now(), columns: out.columns }));
    }
  });

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
