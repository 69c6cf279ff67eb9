import { type FileSystem, makeFolders, nodeFileSystem, writeAll } from "@tetra/durable-fs";
import { isTetraError, type TetraError } from "@tetra/errors";
import { join } from "node:path/posix";
import type { Dependency } from "../care/service-care.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { StepResult } from "../definitions/carry-out.ts";
import type { Step } from "../definitions/plan-up.ts";
import { startOrder } from "../definitions/start-order.ts";

/** A service that is enabled, so that it starts with the machine. */
export interface EnabledService {
  readonly name: string;
  readonly dependsOn: readonly Dependency[];
  /** Whether it runs already. */
  readonly isUp: boolean;
}

/** Carries steps out, each when what it depends on allows: that of projects, or `carryOut` itself. */
export type CarryOut = (steps: readonly Step[]) => Promise<readonly StepResult[]>;

/** Where the line about it goes. */
export interface StartupLog {
  /** The folder of the service manager: `$TETRA_DIR/tsm`. */
  readonly folder: string;
  /** Default: this machine's. */
  readonly clock?: Clock;
  /** Default: this machine's. */
  readonly fs?: FileSystem;
}

/** What is to be started. */
export interface ToStart {
  readonly enabled: readonly EnabledService[];
  /** What could not even be planned: it counts as failed. */
  readonly broken?: readonly StartupFailure[];
}

/** What a startup came to. */
export interface StartupReport {
  readonly started: readonly string[];
  /** They ran already. */
  readonly running: readonly string[];
  /** With those that were kept back because of others. */
  readonly failed: readonly StartupFailure[];
}

/** A service that was not started. */
export interface StartupFailure {
  readonly name: string;
  readonly why: string;
  readonly error?: TetraError;
}

/**
 * Starts all enabled services in the order of their dependencies, those that do not depend on each other
 * at once, and adds a line to `startup.log`. A failure keeps back only those that depend on it.
 */
export async function startup(
  log: StartupLog,
  { enabled, broken = [] }: ToStart,
  carryOut: CarryOut,
): Promise<StartupReport> {
  const { order, circling } = ordered(enabled);
  const steps = order.map(({ name, dependsOn, isUp }): Step => {
    const action = isUp ? "unchanged" : "start";
    return { name, dependsOn, action, why: "it is enabled", differences: [] };
  });
  const results = await carryOut(steps);
  const names = (...outcomes: readonly StepResult["outcome"][]): readonly string[] =>
    results.filter(({ outcome }) => outcomes.includes(outcome)).map(({ name }) => name);
  const report: StartupReport = {
    started: names("started", "completed"),
    running: names("unchanged"),
    failed: [
      ...results.flatMap(({ name, outcome, error, because = "" }) => {
        if (outcome === "failed")
          return [{ name, why: error?.message ?? "", ...(error && { error }) }];
        return outcome === "skipped" ? [{ name, why: `it was kept back: ${because}` }] : [];
      }),
      ...circling,
      ...broken,
    ],
  };
  appendLine(log, startupSummary(report));
  return report;
}

/** What the original prints at the end, and writes into `startup.log` without the sign. */
export function startupText(report: StartupReport): string {
  return `✅ ${startupSummary(report)}`;
}

function startupSummary({ started, failed }: StartupReport): string {
  return `Startup complete: ${started.length} started, ${failed.length} failed`;
}

/** Those that wait for each other cannot be started; the others can. */
function ordered(enabled: readonly EnabledService[]): {
  readonly order: readonly EnabledService[];
  readonly circling: readonly StartupFailure[];
} {
  const names = new Set(enabled.map(({ name }) => name));
  // what is not enabled may run anyway: whoever waits for it will see
  const within = enabled.map((service) => ({
    ...service,
    dependsOn: service.dependsOn.filter(({ name }) => names.has(name)),
  }));
  try {
    const order = startOrder(within).flat();
    return {
      order: order.flatMap(({ name }) => enabled.find((one) => one.name === name) ?? []),
      circling: [],
    };
  } catch (error) {
    if (!isTetraError(error, "DEPENDENCY_CYCLE")) throw error;
    const cycle = error.details?.["cycle"];
    const members = new Set(Array.isArray(cycle) ? cycle : names);
    const rest = ordered(enabled.filter(({ name }) => !members.has(name)));
    const failures = enabled
      .filter(({ name }) => members.has(name))
      .map(({ name }) => ({ name, why: error.message, error }));
    return { order: rest.order, circling: [...failures, ...rest.circling] };
  }
}

function appendLine(
  { folder, clock = systemClock, fs = nodeFileSystem() }: StartupLog,
  text: string,
): void {
  const ts = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  makeFolders(fs, folder, { durable: false });
  const fd = fs.open(join(folder, "startup.log"), "append");
  try {
    writeAll(fs, fd, new TextEncoder().encode(`[${ts}] ${text}\n`));
  } finally {
    fs.close(fd);
  }
}
