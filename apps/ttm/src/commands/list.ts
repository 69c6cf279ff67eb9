import type { Piece } from "@tetra/cli-kit";
import { existsSync } from "node:fs";
import type { TtmRun } from "../app.ts";
import type { Listing } from "../list-table.ts";
import { withStore } from "../open-store.ts";
import { stageSpan } from "../stage-style.ts";

const RULE = "─".repeat(56);

/** `ttm list [stage]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", async ({ store, manager }) => {
    const { out } = app;
    const stage = args.at(0);
    const states = await manager.list({
      ...(stage === undefined ? {} : { stage }),
      fresh: args.has("fresh"),
    });
    if (out.mode === "json") {
      out.json(states);
      return;
    }
    if (states.length === 0 && !existsSync(store.folder)) {
      out.print("No transactions found");
      return;
    }
    const listing = { states, active: await manager.active(), nowMs: app.clock.now() };
    if (out.mode === "plain") {
      out.printAll(plainList(listing));
    } else {
      const { listTable } = await import("../list-table.ts");
      out.printAll(listTable(listing, out));
    }
  });

/** The original's layout, to the column. */
export function plainList({
  states,
  active,
}: Pick<Listing, "states" | "active">): readonly (readonly Piece[])[] {
  const lines: (readonly Piece[])[] = [["Transactions:"], [RULE]];
  const stages = new Map<string, Piece>();
  for (const { txn_id, stage, description } of states) {
    const cell = stages.get(stage) ?? stageSpan(stage, stage.padEnd(10));
    stages.set(stage, cell);
    const mark = txn_id === active ? "→" : " ";
    lines.push([`${mark} ${txn_id.padEnd(40)}  `, cell, `  ${cut(description)}`]);
  }
  return lines;
}

/** The first forty characters. Listing may be about 100,000 of them: most are short. */
function cut(description: string): string {
  return description.length <= 40 ? description : Array.from(description).slice(0, 40).join("");
}
