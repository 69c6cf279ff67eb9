import { isTetraError } from "@tetra/errors";
import { evolve, type NewEvent, seal, type Transaction } from "@tetra/tts-core";
import type { FlowPorts } from "../flow-ports.ts";
import type { Flow } from "./decide-flow.ts";
import { flowEvents } from "./flow-events.ts";
import { ragStageOf } from "./rag-stage.ts";

/** Somebody else made progress each time one lost a race; a store that is broken would go on for ever. */
const MOST_ATTEMPTS = 100;

/** A flow as its log tells it. */
export async function loadFlow({ store }: Pick<FlowPorts, "store">, id: string): Promise<Flow> {
  const transaction = await store.load(id);
  // read after the load: lines that came in between make the append conflict
  const events = flowEvents(await store.read(id));
  return { transaction, ragStage: ragStageOf(events, transaction.state) };
}

/** Decides on what is there now, again and again until nobody else wrote in between: one append. */
export async function changeFlow(
  ports: Pick<FlowPorts, "store">,
  id: string,
  decide: (flow: Flow) => readonly NewEvent[],
): Promise<{ readonly before: Flow; readonly after: Transaction }> {
  const { store } = ports;
  for (let attempt = 1; ; attempt += 1) {
    const before = await loadFlow(ports, id);
    const { revision } = before.transaction;
    const events = decide(before);
    try {
      await store.append(id, revision, events);
    } catch (error) {
      if (isTetraError(error, "CONFLICT") && attempt < MOST_ATTEMPTS) continue;
      throw error;
    }
    return { before, after: seal(revision, events).reduce(evolve, before.transaction) };
  }
}
