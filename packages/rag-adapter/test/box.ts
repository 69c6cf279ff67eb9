import {
  type Flows,
  flowsIn,
  type FlowPorts,
  promoteFlow,
  type Sessions,
  sessionsIn,
} from "@tetra/rag-adapter";
import type { TransactionStore } from "@tetra/tts-core";
import { fakeClock, memoryStore } from "@tetra/tts-core/testing";
import { type MemoryFiles, memoryFiles } from "./memory-files.ts";

/** When everything happens here. */
const AT_MS = Date.UTC(2025, 9, 18, 14, 30, 22);
/** How ids end because of it. */
export const STAMP = "20251018T143022";

/** A project with its flows and sessions in memory. */
export interface Box {
  readonly store: TransactionStore;
  readonly files: MemoryFiles;
  readonly flows: Flows;
  readonly sessions: Sessions;
  readonly ports: FlowPorts;
  /** Names of the events in a flow's log. */
  eventsOf(id: string): Promise<readonly string[]>;
  promote(id: string): Promise<string>;
}

/** What stands between the box and its store and files, such as one that dies. */
export type Between = <T extends object>(port: T) => T;

/** A project in memory; `before` is another box whose store and files are taken on. */
export function makeBox({
  before,
  between = (port) => port,
}: { readonly before?: Box; readonly between?: Between } = {}): Box {
  const store = before?.store ?? memoryStore();
  const files = before?.files ?? memoryFiles();
  const clock = fakeClock(AT_MS);
  const port = between(files);
  const sessions = sessionsIn({ files: port, clock, folder: "/p/rag/sessions" });
  const ports: FlowPorts = {
    store: between(store),
    files: port,
    clock,
    folder: "/p/rag/flows",
    sessions,
  };
  return {
    store,
    files,
    flows: flowsIn(ports),
    sessions,
    ports,
    async eventsOf(id) {
      const lines = await store.read(id);
      return lines.map(({ event }) => event?.event ?? "");
    },
    promote: (id) =>
      promoteFlow({ ...ports, from: ports.folder, to: "/home/me/.tetra/rag/flows" }, id),
  };
}
