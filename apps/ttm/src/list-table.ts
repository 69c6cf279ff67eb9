import { type Output, type Piece, relativeTime, styled, table } from "@tetra/cli-kit";
import { parseInstant, type TransactionState } from "@tetra/tts-core";
import { stageSpan } from "./stage-style.ts";

/** What a list of transactions is made from. */
export interface Listing {
  readonly states: readonly TransactionState[];
  readonly active: string | undefined;
  readonly nowMs: number;
}

const TITLES = ["", "ID", "STAGE", "CHANGED", "TARGET", "DESCRIPTION"];

/** Transactions for people: aligned, coloured by stage, with how long ago each changed. */
export function listTable(
  { states, active, nowMs }: Listing,
  { columns }: Pick<Output, "columns">,
): readonly (readonly Piece[])[] {
  if (states.length === 0) return [[styled("No transactions", "dim")]];
  const rows = states.map(({ txn_id, stage, last_checkpoint, target, description }) => {
    const isActive = txn_id === active;
    return [
      isActive ? "→" : "",
      isActive ? styled(txn_id, "bold") : txn_id,
      stageSpan(stage),
      styled(ago(last_checkpoint, nowMs), "dim"),
      target ?? "",
      description,
    ];
  });
  return table([TITLES.map((title) => styled(title, "dim")), ...rows], { columns });
}

function ago(instant: string, nowMs: number): string {
  const atMs = parseInstant(instant);
  return atMs === undefined ? instant : relativeTime(atMs, nowMs);
}
