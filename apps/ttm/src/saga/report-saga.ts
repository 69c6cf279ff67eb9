import { type Piece, styled } from "@tetra/cli-kit";
import type { SagaView } from "@tetra/tts-core/saga";
import type { App } from "../app.ts";
import { SAGA_EXIT_STATUS } from "./exit-status.ts";

/** Says how a saga stands when this program stops carrying it on. @returns the exit status */
export function reportSaga(view: SagaView, { out, err }: App): number {
  if (out.mode === "json") out.json(view);
  err.printAll(ending(view));
  return SAGA_EXIT_STATUS[view.status];
}

function ending(view: SagaView): readonly (readonly Piece[])[] {
  const { id, status, failure, attention, waiting, undoes } = view;
  switch (status) {
    case "committed":
      return [
        [undoes === undefined ? `Saga committed: ${id}` : `Saga undone: ${undoes} (by ${id})`],
      ];
    case "rolled_back": {
      const where = failure?.step === undefined ? "" : `${failure.step}: `;
      return [[`Saga rolled back: ${id} - ${where}${failure?.error ?? ""}`], ...leftDone(view)];
    }
    case "attention":
      return [
        ...attention.map(({ step, reason }) => [`Saga needs a person: ${id} - ${step}: ${reason}`]),
        hint(`look after it, then: ttm saga resolve ${id} --retry|--settled --why REASON`),
      ];
    case "waiting": {
      const what = waiting.map(({ type, step }) => `${type} ${step}`).join(", ");
      return [[`Saga waits: ${id} - ${what}`], hint(`carry it on: ttm saga resume ${id}`)];
    }
    case "running":
    case "compensating":
      return [
        [`Saga left as it is: ${id}`],
        hint(`carry it on: ttm saga resume ${id}; undo it: ttm saga rollback ${id}`),
      ];
  }
}

/** What stayed done because nothing undoes it. */
function leftDone({ completed }: SagaView): readonly (readonly Piece[])[] {
  return completed.length === 0 ? [] : [[`Still done, nothing undoes it: ${completed.join(", ")}`]];
}

function hint(text: string): readonly Piece[] {
  return [styled("Hint: ", "dim"), text];
}
