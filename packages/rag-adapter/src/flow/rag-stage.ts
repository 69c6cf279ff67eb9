import {
  type EventRecord,
  isAnotherIteration,
  STANDARD,
  type TransactionState,
} from "@tetra/tts-core";

/** The stages by RAG's names, in the order in which a round goes through them. */
export const RAG_STAGES = [
  "NEW",
  "SELECT",
  "ASSEMBLE",
  "SUBMIT",
  "APPLY",
  "VALIDATE",
  "FOLD",
  "DONE",
  "FAIL",
] as const;

const STORED: ReadonlyMap<string, string> = new Map([
  ["SUBMIT", "EXECUTE"],
  ["APPLY", "EXECUTE"],
  ["FOLD", "EXECUTE"],
]);

/** What is stored for a stage of RAG: three of them are the standard's `EXECUTE`; all others stay as they are. */
export function storedStage(ragStage: string): string {
  return STORED.get(ragStage) ?? ragStage;
}

/**
 * Whether a move begins another round, which raises `iteration`: `FOLD` does, and so does going back to an
 * earlier stage, such as to `SUBMIT` from a later one. What comes after `FOLD` is the round that it began.
 */
export function isAnotherRound(from: string, to: string): boolean {
  if (to === "FOLD") return true;
  if (from === "FOLD") return false;
  if (from === "APPLY" && to === "SUBMIT") return true;
  return isAnotherIteration(STANDARD, storedStage(from), storedStage(to));
}

/**
 * The stage a flow is in, by RAG's name, which only the log has. A move that was made without RAG
 * (`txn_transition`) counts by the name it has there.
 */
export function ragStageOf(events: readonly EventRecord[], state: TransactionState): string {
  let current = "";
  let announced = "";
  for (const event of events) {
    if (event.event === "rag_stage") {
      announced = nameIn(event["rag_stage"]);
    } else if (event.event === "stage_transition") {
      const to = nameIn(event["to"]);
      current = storedStage(announced) === to ? announced : to;
      announced = "";
    }
  }
  return storedStage(current) === state.stage ? current : state.stage;
}

function nameIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}
