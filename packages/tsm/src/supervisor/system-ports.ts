import { type FileSystem, isSystemError, makeFolders, writeFileAtomic } from "@tetra/durable-fs";
import { probe } from "../care/run-probe.ts";
import { type Clock } from "../clock.ts";
import { layoutOf, servicePaths } from "../files/layout.ts";
import { isLocked } from "../files/service-lock.ts";
import { readEnvironment, type Store, takenNames } from "../files/store.ts";
import { readSupervision } from "../files/supervision-file.ts";
import type { Services } from "../services.ts";
import { systemAlarm } from "./agenda.ts";
import { nextCron } from "../care/cron.ts";
import { writeSaved } from "./daemon-files.ts";
import type { SupervisorPorts } from "./ports.ts";
import { watchFiles } from "./watch-files.ts";
import { highestDescriptor, watchShim } from "./watch-shim.ts";

/** What the ports of this machine are made of. */
export interface SystemPortsOptions {
  /** `$TETRA_DIR/tsm`. */
  readonly folder: string;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly services: Services;
  readonly bootId: string;
  readonly complain: (text: string) => void;
}

/** The ports of a supervisor on this machine. */
export function systemPorts(options: SystemPortsOptions): SupervisorPorts {
  const { folder, fs, clock, services, bootId, complain } = options;
  const layout = layoutOf(folder);
  const highest = highestDescriptor();
  const store: Store = { fs, clock, layout };
  return {
    services: { ...services, names: () => takenNames(store) }, // what is being born is awaited
    alarm: systemAlarm,
    later: (act) => void setImmediate(act),
    random: Math.random,
    bootId,
    memories: {
      read: (name) => readSupervision(store, name),
      write(name, memory) {
        const bytes = new TextEncoder().encode(`${JSON.stringify(memory)}\n`);
        try {
          // not flushed: after a power cut it is another boot, and the row of failures begins anew
          writeFileAtomic(fs, servicePaths(layout, name).supervision, bytes, { durable: false });
        } catch (error) {
          if (!isSystemError(error, "ENOENT")) throw error; // the service was removed
        }
      },
    },
    isActedOn: (name) => isLocked(fs, servicePaths(layout, name).lock),
    watchNames(onChange) {
      makeFolders(fs, layout.processes, { durable: false });
      return fs.watch(layout.processes, onChange);
    },
    watchShim: (name, onEnd) => watchShim(servicePaths(layout, name).alive, highest, onEnd),
    watchFolder: (name, onChange) => fs.watch(servicePaths(layout, name).folder, () => onChange()),
    watchFiles: (watch, onChange, onError) =>
      watchFiles(watch, { except: [folder], onChange, onError }),
    nextCron,
    probe,
    environmentOf: (name) => readEnvironment(store, name) ?? {},
    save: (saved) =>
      writeSaved(fs, folder, { saved_at_ms: clock.now(), boot_id: bootId, services: saved }),
    complain,
  };
}
