import { type FileSystem, nodeFileSystem } from "@tetra/durable-fs";
import { type Clock, systemClock } from "../clock.ts";
import type { Platform } from "../platform/platform.ts";
import { type PortStore, portStore } from "../ports/port-store.ts";
import type { Services } from "../services.ts";

/** What the doctor looks at, and with. */
export interface DoctorWorld {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly platform: Platform;
  readonly services: Services;
  readonly ports: PortStore;
  /** The folder of the service manager: `$TETRA_DIR/tsm`. */
  readonly folder: string;
  /** The variables of whoever asks. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user's home and name. */
  readonly user: { readonly home: string; readonly name: string };
}

/** What the doctor needs to be told. */
export type DoctorWorldOptions = Omit<DoctorWorld, "fs" | "clock" | "ports"> & {
  /** Default: this machine's. */
  readonly clock?: Clock;
};

/** Makes the world of a service manager's folder. */
export function doctorWorld({ clock = systemClock, ...told }: DoctorWorldOptions): DoctorWorld {
  return { ...told, clock, fs: nodeFileSystem(), ports: portStore(told.folder, clock) };
}
