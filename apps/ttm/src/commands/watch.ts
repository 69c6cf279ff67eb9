import { formatDuration, type Piece, styled } from "@tetra/cli-kit";
import { isFinal, type EventRecord, STANDARD } from "@tetra/tts-core";
import type { TtmRun } from "../app.ts";
import { eventSummary } from "../event-summary.ts";
import { following } from "../following.ts";
import { withStore } from "../open-store.ts";
import { stageSpan } from "../stage-style.ts";

/** `ttm watch [id]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ manager }) => {
    const { id, startedMs } = await manager.load(args.at(0));
    if (app.out.mode !== "json") app.out.print(styled(id, "bold"));
    return following(app, async (signal) => {
      for await (const { event, text } of manager.watch(id, { signal })) {
        if (app.out.mode === "json") app.out.data(`${JSON.stringify(event ?? { text })}\n`);
        else if (event !== undefined) app.out.print(...told(event, startedMs));
        const stage = stageAfter(event);
        if (stage !== undefined && isFinal(STANDARD, stage)) return stage === STANDARD.done ? 0 : 1;
      }
      return 0;
    });
  });

function told(event: EventRecord, startedMs: number | undefined): readonly Piece[] {
  const { ts_ms: atMs } = event;
  const since =
    startedMs === undefined || atMs === undefined
      ? (event.ts ?? "")
      : `+${formatDuration(Math.max(0, atMs - startedMs))}`;
  const stage = stageAfter(event);
  return [
    styled(since.padStart(8), "dim"),
    "  ",
    stage === undefined ? event.event : stageSpan(stage, event.event),
    `  ${eventSummary(event)}`,
  ];
}

function stageAfter(event: EventRecord | undefined): string | undefined {
  const to = event?.event === "stage_transition" ? event["to"] : undefined;
  return typeof to === "string" ? to : undefined;
}
