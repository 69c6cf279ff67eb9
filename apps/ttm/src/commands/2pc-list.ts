import { type Piece, relativeTime, styled, table } from "@tetra/cli-kit";
import type { TwoPhaseStatus } from "@tetra/tts-core/two-phase-commit";
import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { coordinator, statusesOf } from "../two-phase/coordinator.ts";
import { phaseSpan } from "../two-phase/two-phase-page.ts";

const TITLES = ["ID", "PHASE", "DONE", "STARTED", "WAITS FOR"];

/** `ttm 2pc list` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ store, manager }) => {
    const { out, clock } = app;
    const states = await manager.list(args.has("all") ? {} : { stage: "EXECUTE" });
    const statuses = await statusesOf(states, coordinator(app, { store, verb: "2pc list" }));
    if (out.mode === "json") {
      out.json(statuses);
    } else if (statuses.length === 0) {
      out.print(args.has("all") ? "No two-phase commits" : "No open two-phase commits");
    } else {
      const titles = TITLES.map((title) => styled(title, "dim"));
      const rows = statuses.map((status) => rowOf(status, clock.now()));
      out.printAll(table([titles, ...rows], { columns: out.columns }));
    }
  });

function rowOf(
  { id, phase, participants, startedMs, away, attention }: TwoPhaseStatus,
  nowMs: number,
): readonly Piece[] {
  const done = participants.filter(({ isDone, vote }) => isDone || vote === "read-only");
  const waits = [
    ...attention.map((name) => `a person: ${name}`),
    ...away.map(({ participant }) => participant),
  ];
  return [
    id,
    phaseSpan(phase),
    `${done.length}/${participants.length}`,
    styled(relativeTime(startedMs, nowMs), "dim"),
    waits.join(", "),
  ];
}
