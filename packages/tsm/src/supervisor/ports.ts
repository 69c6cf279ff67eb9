import type { Probe } from "../care/probe.ts";
import type { ProbeOptions, ProbeResult } from "../care/run-probe.ts";
import type { FileWatch, LogPolicy } from "../care/service-care.ts";
import type { DiskRoom } from "../logs/disk-room.ts";
import type { Services } from "../services.ts";
import type { Alarm } from "./agenda.ts";
import type { Memory } from "./attend.ts";

/** What a supervisor does with services: each call looks again under the service's lock. */
export type SupervisedServices = Pick<
  Services,
  | "names"
  | "observe"
  | "revive"
  | "renew"
  | "finishStop"
  | "noteEnd"
  | "noteReady"
  | "note"
  | "usage"
  | "watch"
>;

/** What looks after logs. */
export interface LogKeeper {
  /** Rotates a service's logs if the policy says so. */
  rotateIfDue(name: string, policy: LogPolicy): Promise<unknown>;
  /** In how many milliseconds the logs that were looked at want to be looked at again. */
  nextLookMs(): number;
  /** Finishes a rotation that was broken off. */
  recover(name: string): Promise<unknown>;
  /** Removes the oldest of what was rotated, until all of it takes no more than is allowed. */
  capTotal(): { readonly disk: DiskRoom };
  /** Notes how long the logs of a service are now. */
  noteOffsets(name: string, why: "exit"): unknown;
}

/** A line of `saved.json`: a service that should run. */
export interface SavedService {
  readonly name: string;
  readonly id?: number;
  readonly generation: number;
}

/** What supervising works with. */
export interface SupervisorPorts {
  readonly services: SupervisedServices;
  readonly alarm: Alarm;
  /** Does it when what is being done now is done. */
  readonly later: (act: () => void) => void;
  /** Evenly from 0 up to, but not, 1. */
  readonly random: () => number;
  /** Differs from one boot of the machine to the next. */
  readonly bootId: string;
  /** What is remembered over the supervisor's own death. */
  readonly memories: {
    /** What was kept of a service; `undefined` when nothing was. */
    read(name: string): Memory | undefined;
    /** Keeps it. */
    write(name: string, memory: Memory): void;
  };
  /** Whether somebody acts on a service at this moment. */
  readonly isActedOn: (name: string) => boolean;
  /** Calls with the name of a service's folder that came or went; without: look at all. */
  readonly watchNames: (onChange: (name: string | undefined) => void) => () => void;
  /**
   * Calls once when the shim of a service that runs has ended, or may have.
   * @returns what ends the watch; `undefined`: nobody would tell
   */
  readonly watchShim: (name: string, onEnd: () => void) => (() => void) | undefined;
  /** Calls when something comes into the folder of what is no service yet. */
  readonly watchFolder: (name: string, onChange: () => void) => () => void;
  /** Watches files; what of them cannot be watched is told. @returns what ends the watch */
  readonly watchFiles: (
    watch: FileWatch,
    onChange: (path: string) => void,
    onError: (error: unknown) => void,
  ) => Promise<() => void>;
  /** When an expression is next due, in local time. @throws TetraError `INVALID_CRON` */
  readonly nextCron: (expression: string, afterMs: number) => Promise<number | undefined>;
  /** Asks a service whether it is well. */
  readonly probe: (probe: Probe, options: ProbeOptions) => Promise<ProbeResult>;
  /** The environment that a probing command is run with. */
  readonly environmentOf: (name: string) => ProbeOptions["environment"];
  /** Writes down what should run. */
  readonly save: (services: readonly SavedService[]) => void;
  /** For people: something that could not be done. */
  readonly complain: (text: string) => void;
  /** Absent: nobody looks after logs. */
  readonly logs?: LogKeeper;
  /** Starts what is enabled, whether or not it ran before. Absent: this boot has seen a supervisor. */
  readonly startEnabled?: () => Promise<void>;
}
