import type { Clock, TransactionStore } from "@tetra/tts-core";
import type { FlowFiles } from "./flow-files.ts";
import type { Sessions } from "./session/sessions.ts";

/** What flows work with. */
export interface FlowPorts {
  /** Where the flows' logs are. */
  readonly store: TransactionStore;
  readonly clock: Clock;
  readonly files: FlowFiles;
  /** The folder of the flows, absolute: the store's, so that `<folder>/<id>/ctx` is a flow's context. */
  readonly folder: string;
  /** Where new flows are added to the current session; without it they are not. */
  readonly sessions?: Sessions;
}
